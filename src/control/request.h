// SPDX-License-Identifier: ISC
//
// control/request.h - what posternctl asks for.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace postern::control {

enum class Verb : std::uint8_t {
  status,
  sessions,
  trace,
  reload,
  drain,
  spool_list,
  spool_show,
  spool_release,
  spool_remove,
};

// A request is one line that ends in LF: the words of a verb, its arguments, and "--json" anywhere
// behind the first word.
struct Request {
  Verb verb = Verb::status;
  std::string argument;       // an address or the id of a message; empty if the verb takes none
  std::uint32_t seconds = 0;  // of trace
  bool wants_json = false;
};

// No request is longer, its LF included.
inline constexpr std::size_t max_request = 512;

// The error says what is wrong with the line, for whoever typed it.
Result<Request> parse_request(std::string_view line);

}  // namespace postern::control
