# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Completion of espgw-plot in bash: options, or a file's name.

_espgw_plot() {
	[[ ${COMP_WORDS[COMP_CWORD]} == -* ]] || return
	mapfile -t COMPREPLY < <(compgen -W "-h --help -o --output -t --title" -- "${COMP_WORDS[COMP_CWORD]}")
}
complete -o bashdefault -o default -F _espgw_plot espgw-plot
