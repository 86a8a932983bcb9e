// SPDX-License-Identifier: ISC
//
// spool/message_name.cpp - what a message's file is called.

#include "spool/message_name.h"

#include "base/text.h"

namespace postern::spool {

namespace {

// A name may have 255 octets.  What stands around the host takes less than 60, and a mail reader
// adds its flags behind it.
constexpr std::size_t max_host = 180;

// "/" would end the name, ":" begin the flags of a mail reader.
std::string escape(std::string_view host) {
  std::string out;
  for (const char c : host) {
    if (c == '/') {
      out += "\\057";
    } else if (c == ':') {
      out += "\\072";
    } else {
      out += c;
    }
  }
  return out.substr(0, max_host);
}

std::string base_name(const MessageName& name) {
  return cat(name.seconds, ".", name.id, ".", escape(name.host));
}

}  // namespace

std::string MessageName::tmp_path() const {
  return cat("tmp/", base_name(*this));
}

std::string MessageName::new_path(std::uint64_t size) const {
  return cat("new/", base_name(*this), ",S=", size);
}

}  // namespace postern::spool
