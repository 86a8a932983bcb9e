# SPDX-License-Identifier: ISC
#
# posternd.bash - completion of posternd(8) for bash.

_posternd() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  case $before in
    -c)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W '-c -f -x -t -T -R -d -V' -- "$word") ;;
  esac
}

complete -F _posternd posternd
