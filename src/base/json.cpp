// SPDX-License-Identifier: ISC
//
// base/json.cpp - what is written in JSON (RFC 8259).

#include "base/json.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace postern {

namespace {

// How many octets of text are its first character; 0 if they are no UTF-8.
std::size_t character_octets(std::string_view text) {
  const std::size_t most = std::min<std::size_t>(text.size(), 4);
  for (std::size_t octets = 1; octets <= most; ++octets) {
    if (is_utf8(text.substr(0, octets))) return octets;
  }
  return 0;
}

// The code of one of those that has_unicode_control finds: of one octet, U+0080 to U+009F, U+2028
// or U+2029.
unsigned code_of(std::string_view control) {
  const auto last = static_cast<unsigned char>(control.back());
  return control.size() == 3 ? 0x2000U + (last & 0x3fU) : last;
}

// RFC 8259 7.
std::string escaped(std::string_view character) {
  switch (character.front()) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\r': return "\\r";
    case '\t': return "\\t";
    default: break;
  }
  std::array<char, 8> text{};
  std::snprintf(text.data(), text.size(), "\\u%04x", code_of(character));
  return text.data();
}

bool needs_escape(std::string_view character) {
  return character == "\"" || character == "\\" || has_unicode_control(character);
}

}  // namespace

std::string json_string(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const std::size_t octets = character_octets(text);
    if (octets == 0) {
      out += "\xef\xbf\xbd";
    } else if (needs_escape(text.substr(0, octets))) {
      out += escaped(text.substr(0, octets));
    } else {
      out += text.substr(0, octets);
    }
    text.remove_prefix(std::max<std::size_t>(octets, 1));
  }
  return out + "\"";
}

}  // namespace postern
