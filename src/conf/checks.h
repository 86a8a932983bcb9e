// SPDX-License-Identifier: ISC
//
// conf/checks.h - what the text of a setting must look like.

#pragma once

#include <string>

#include "base/result.h"

namespace postern::conf {

// Each takes the whole text of a string, or of one element of a list.  The error is what stands
// behind the setting's name in a message.
using Check = Result<void> (*)(const std::string&);

Result<void> check_domain(const std::string& text);
Result<void> check_domain_or_empty(const std::string& text);
Result<void> check_path(const std::string& text);  // absolute
Result<void> check_path_or_empty(const std::string& text);
Result<void> check_socket_path_or_empty(const std::string& text);  // absolute, fits sockaddr_un
Result<void> check_peer_set_item(const std::string& text);
Result<void> check_listener_address(const std::string& text);  // "*" or an IP address, or empty
Result<void> check_name(const std::string& text);              // of a listener or a link
Result<void> check_interface(const std::string& text);
Result<void> check_name_server(const std::string& text);  // IP address, maybe with a port
Result<void> check_interface_or_empty(const std::string& text);
Result<void> check_multicast_address(const std::string& text);
Result<void> check_appletalk_text(const std::string& text);
Result<void> check_appletalk_zone(const std::string& text);
Result<void> check_not_empty(const std::string& text);
Result<void> check_user(const std::string& text);
Result<void> check_user_or_empty(const std::string& text);
Result<void> check_group_or_empty(const std::string& text);
Result<void> check_log_target(const std::string& text);

}  // namespace postern::conf
