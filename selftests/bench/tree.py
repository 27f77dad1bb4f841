# SPDX-License-Identifier: GPL-2.0
"""Prints what calltree.c has counted."""


class Node:
    def __init__(self, name, calls, own):
        self.name, self.calls, self.own, self.children = name, calls, own, []

    def total(self):
        return self.own + sum(child.total() for child in self.children)


def read(path):
    root = Node("", 0, 0)
    way = [root]
    with open(path) as f:
        for line in f:
            depth, calls, own, name = line.rstrip("\n").split(" ", 3)
            node = Node(name, int(calls), int(own))
            del way[int(depth) + 1:]
            way[-1].children.append(node)
            way.append(node)
    return root


def show(node, packets, least, depth=0):
    """Functions of less than so many instructions a packet, with all that they call, are left out."""
    for child in sorted(node.children, key=Node.total, reverse=True):
        if child.total() < least * packets:
            break
        print(f"{child.total() / packets:9,.1f} {child.own / packets:9,.1f} {child.calls / packets:7.2f}  {' ' * depth}{child.name}")
        show(child, packets, least, depth + 1)


def print_tree(path, packets, least=10):
    root = read(path)
    print("Instructions a packet, with what is called and of the function itself; calls a packet:\n")
    show(root, packets, least)
    print(f"\n{root.total() / packets:9,.1f}  in all")
