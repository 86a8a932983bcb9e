" SPDX-License-Identifier: ISC
"
" syntax/postern.vim - colours for postern.conf(5).  What is not coloured is no setting.

if exists('b:current_syntax')
  finish
endif

syn case match

" The names of all settings; t/60-packaging.t compares them with those of the program.
syn keyword posternGroup appletalk auth certificates control dns extensions journal limits links
syn keyword posternGroup listeners log metrics names schedule spool timeouts tls
syn keyword posternSetting address auth_failures auth_without_tls binary_mime blocked blocked_at
syn keyword posternSetting certificate channels chunking client_connection_rate client_connections
syn keyword posternSetting client_message_rate clients command data days debug_peers deliver_by
syn keyword posternSetting domains drain_time dsn eight_bit_header eight_bit_mime engine
syn keyword posternSetting enhanced_status_codes errors failure_delay format from future_release
syn keyword posternSetting greet_delay group handshake header_line header_size hold hops hostname
syn keyword posternSetting idle_commands interface keep_ready key level linger link max_message
syn keyword posternSetting message message_size messages metered min_free min_free_inodes min_version mode
syn keyword posternSetting mt_priority name network_connection_rate network_connections node_hint
syn keyword posternSetting object on_demand overload owner path pause pid_file pipelining port
syn keyword posternSetting processes protocol proxy proxy_from recipient_domains recipients
syn keyword posternSetting require_auth require_tls reserve role sandbox servers size smtputf8 target to types
syn keyword posternSetting user users watch workers write xclient_from zone

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
