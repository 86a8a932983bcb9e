" SPDX-License-Identifier: ISC
"
" ftdetect/postern.vim - which files are configurations of posternd(8).

autocmd BufRead,BufNewFile postern.conf,*/postern/*.conf setfiletype postern
