# SPDX-License-Identifier: ISC
#
# posternctl.bash - completion of posternctl(8) for bash.

# The ids of messages; nothing if the server may not be asked.
_posternctl_messages() {
  posternctl "$@" spool list 2>/dev/null | awk 'NR > 1 { print $1 }'
}

_posternctl() {
  local word=${COMP_WORDS[COMP_CWORD]} i
  local -a where=() words=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case ${COMP_WORDS[i]} in
      -c | -s) where=("${COMP_WORDS[i]}" "${COMP_WORDS[++i]}") ;;
      -*) ;;
      *) words+=("${COMP_WORDS[i]}") ;;
    esac
  done
  case ${COMP_WORDS[COMP_CWORD - 1]} in
    -c | -s)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      return
      ;;
  esac
  local choices=
  case "${words[*]}" in
    '') choices='-c -s --json -h -V status sessions top trace reload drain spool appletalk' ;;
    spool) choices='list show release remove' ;;
    appletalk) choices=lookup ;;
    'spool show' | 'spool release' | 'spool remove')
      choices=$(_posternctl_messages "${where[@]}")
      ;;
  esac
  mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
}

complete -F _posternctl posternctl
