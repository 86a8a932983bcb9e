// SPDX-License-Identifier: ISC
//
// conf/host_name.cpp - what this host calls itself.

#include "conf/host_name.h"

#include <unistd.h>

#include <array>

#include "base/text.h"
#include "base/text_file.h"

namespace postern::conf {

std::string choose_host_name(std::string_view kernel_name, std::string_view mailname_text) {
  if (kernel_name.find('.') != std::string_view::npos) return std::string(kernel_name);
  const std::string_view mailname = trim(mailname_text.substr(0, mailname_text.find('\n')));
  return std::string(mailname.empty() ? kernel_name : mailname);
}

std::string system_host_name() {
  std::array<char, 256> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) name[0] = '\0';
  constexpr std::size_t max_octets = 4096;
  const auto mailname = read_text_file("/etc/mailname", max_octets);
  return choose_host_name(name.data(), mailname ? *mailname : std::string());
}

}  // namespace postern::conf
