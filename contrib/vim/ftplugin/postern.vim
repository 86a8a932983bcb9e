" SPDX-License-Identifier: ISC
"
" ftplugin/postern.vim - editing of postern.conf(5).  :make tests the file.

if exists('b:did_ftplugin')
  finish
endif
let b:did_ftplugin = 1

setlocal commentstring=#\ %s comments=:#,://
setlocal shiftwidth=2 expandtab
setlocal makeprg=posternd\ -t\ -c\ %:S
setlocal errorformat=posternd:\ %f:%l:\ %m,%-G%.%#

let b:undo_ftplugin = 'setlocal commentstring< comments< shiftwidth< expandtab<'
let b:undo_ftplugin .= ' makeprg< errorformat<'
