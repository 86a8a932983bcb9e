// SPDX-License-Identifier: ISC
//
// sendmail/dot_stuffer.cpp - text as DATA wants it.

#include "sendmail/dot_stuffer.h"

#include <algorithm>

namespace postern::sendmail {

std::string DotStuffer::stuff(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (is_line_start_ && text.front() == '.') out += '.';
    const std::size_t octets = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, octets);
    out += line;
    is_line_start_ = line.back() == '\n';
    text.remove_prefix(octets);
  }
  return out;
}

}  // namespace postern::sendmail
