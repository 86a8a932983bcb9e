" SPDX-License-Identifier: ISC
"
" syntax/postern.vim - colours for postern.conf(5).  What is not coloured is no setting.

if exists('b:current_syntax')
  finish
endif

syn case match

" The names of all settings; t/60-packaging.t compares them with those of the program.
syn keyword posternGroup auth certificates control extensions limits listeners log metrics spool
syn keyword posternGroup timeouts tls
syn keyword posternSetting address auth_failures auth_without_tls binary_mime blocked certificate
syn keyword posternSetting channels chunking client_connection_rate client_connections
syn keyword posternSetting client_message_rate clients command data debug_peers deliver_by domains
syn keyword posternSetting drain_time dsn eight_bit_header eight_bit_mime enhanced_status_codes
syn keyword posternSetting errors failure_delay format future_release greet_delay group handshake
syn keyword posternSetting header_line header_size hold hops hostname idle_commands key level
syn keyword posternSetting message message_size messages min_free min_free_inodes min_version mode
syn keyword posternSetting mt_priority name network_connection_rate network_connections path
syn keyword posternSetting pid_file pipelining port processes protocol proxy_from
syn keyword posternSetting recipient_domains recipients require_tls role sandbox size smtputf8
syn keyword posternSetting target user users watch workers write xclient_from

syn keyword posternBoolean true false
syn match posternNumber /\<\d\+\>/
syn match posternUnit /\<\d\+\s*\(B\|KiB\|MiB\|GiB\|TiB\|s\|min\|h\|d\)\ze"/ contained
syn match posternEscape /\\./ contained
syn region posternString start=/"/ skip=/\\./ end=/"/ oneline contains=posternEscape,posternUnit
syn match posternInclude /^\s*@include\>/
syn keyword posternTodo TODO FIXME XXX contained
syn match posternComment /#.*/ contains=posternTodo
syn match posternComment "//.*" contains=posternTodo
syn region posternComment start="/\*" end="\*/" contains=posternTodo

hi def link posternGroup Structure
hi def link posternSetting Identifier
hi def link posternBoolean Boolean
hi def link posternNumber Number
hi def link posternUnit Number
hi def link posternEscape SpecialChar
hi def link posternString String
hi def link posternInclude PreProc
hi def link posternTodo Todo
hi def link posternComment Comment

let b:current_syntax = 'postern'
