# SPDX-License-Identifier: ISC
#
# postern-adsp.bash - completion of postern-adsp(8) for bash.

_postern_adsp() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
  case $before in
    -c)
      compopt -o filenames
      mapfile -t COMPREPLY < <(compgen -f -- "$word")
      ;;
    *) mapfile -t COMPREPLY < <(compgen -W '-c -d -l -V' -- "$word") ;;
  esac
}

complete -F _postern_adsp postern-adsp
