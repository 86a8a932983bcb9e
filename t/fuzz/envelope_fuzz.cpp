// SPDX-License-Identifier: ISC
//
// t/fuzz/envelope_fuzz.cpp - the envelope at the start of a spooled message.
//
// What parses is written as a text that parses to the same, and is then written so again.  No value
// can bring a line of its own into it.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include "base/text.h"
#include "cut.h"
#include "spool/envelope_text.h"

using namespace postern;
using postern::test::PieceBuffer;
using postern::test::require;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(data, data + size);
  const auto envelope = spool::parse_envelope(PieceBuffer(text).view());
  if (!envelope) {
    require(envelope.error().code == Errc::syntax && !envelope.error().what.empty());
    return 0;
  }
  require(!envelope->recipients.empty() && text.find("\nReceived:") != std::string::npos);
  const std::string written = spool::format_envelope(*envelope);
  require(!has_eight_bit(written) || is_utf8(written));
  const auto lines = static_cast<std::size_t>(std::count(written.begin(), written.end(), '\n'));
  require(lines == 2 + envelope->recipients.size());
  require(std::abs(envelope->priority.value_or(0)) <= 9);
  const auto again = spool::parse_envelope(cat(written, "Received: x\n"));
  require(again && *again == *envelope);
  require(spool::format_envelope(*again) == written);
  return 0;
}
