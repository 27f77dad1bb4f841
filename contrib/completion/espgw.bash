# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of espgw's words in bash. The tool itself says which may come next; the line goes to it by a pipe, since there
# may be a key in it. Where it says nothing, names of files may be meant.

_espgw() {
	local cur=${COMP_WORDS[COMP_CWORD]} words
	words=$(printf '%s\n' "${COMP_LINE:0:COMP_POINT}" | "${COMP_WORDS[0]}" --complete 2>/dev/null)
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
}
complete -o bashdefault -o default -F _espgw espgw
