// SPDX-License-Identifier: ISC
//
// t/fuzz/request_fuzz.cpp - what comes over the control socket.
//
// The input is a line, its end taken off or not.  What parses prints as a line that parses to the
// same; what does not is refused in one line that a terminal may show.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "control/request.h"
#include "cut.h"

using namespace postern;
using namespace postern::control;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

std::string_view words_of(Verb verb) {
  switch (verb) {
    case Verb::status: return "status";
    case Verb::sessions: return "sessions";
    case Verb::trace: return "trace";
    case Verb::reload: return "reload";
    case Verb::drain: return "drain";
    case Verb::spool_list: return "spool list";
    case Verb::spool_show: return "spool show";
    case Verb::spool_release: return "spool release";
    case Verb::spool_remove: return "spool remove";
  }
  return "";
}

bool takes_argument(Verb verb) {
  return verb == Verb::trace || verb == Verb::spool_show || verb == Verb::spool_release ||
         verb == Verb::spool_remove;
}

std::string line_of(const Request& request) {
  std::string line(words_of(request.verb));
  if (!request.argument.empty()) line += cat(" ", request.argument);
  if (request.verb == Verb::trace) line += cat(" ", request.seconds);
  return line + (request.wants_json ? " --json" : "");
}

void check_refusal(const Error& error) {
  const std::string text = error.message();
  require(error.code == Errc::syntax && !text.empty() && text.size() < 2048);
  require(std::none_of(text.begin(), text.end(), is_control) && !has_eight_bit(text));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const PieceBuffer input(std::string(data, data + size));
  const auto request = parse_request(input.view());
  if (!request) {
    check_refusal(request.error());
    return 0;
  }
  require(takes_argument(request->verb) != request->argument.empty());
  require(request->argument.find_first_of(" \t") == std::string::npos);
  require(request->argument != "--json");
  require(request->seconds <= 86'400 && (request->verb == Verb::trace || request->seconds == 0));
  const std::string printed = line_of(*request);
  const auto again = parse_request(printed);
  require(again && line_of(*again) == printed && again->verb == request->verb);
  require(again->argument == request->argument && again->wants_json == request->wants_json);
  return 0;
}
