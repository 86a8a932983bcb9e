// SPDX-License-Identifier: ISC
//
// conf/host_name.h - what this host calls itself.

#pragma once

#include <string>
#include <string_view>

namespace postern::conf {

// The kernel's name if it is a full one (has a dot), else the first line of /etc/mailname if
// there is one, else the kernel's name as it is.
std::string system_host_name();

// The choice, apart from where the names come from.
std::string choose_host_name(std::string_view kernel_name, std::string_view mailname_text);

}  // namespace postern::conf
