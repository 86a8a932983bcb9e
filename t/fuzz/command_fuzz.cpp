// SPDX-License-Identifier: ISC
//
// t/fuzz/command_fuzz.cpp - command lines out of octets, and verbs out of lines.
//
// The input chooses the size of the pieces and the length of the longest line; lines follow.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "smtp/command.h"
#include "smtp/line_reader.h"

using namespace postern;
using namespace postern::smtp;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

bool is_part_of(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void check_command(std::string_view line) {
  const Command command = parse_command(line);
  require(is_part_of(command.name, line) && is_part_of(command.arguments, line));
  require(trim(command.name) == command.name && trim(command.arguments) == command.arguments);
  require(command.verb == Verb::unknown ||
          std::all_of(command.name.begin(), command.name.end(), is_alpha));
  for (const char c : line) {
    if (is_control(c) && c != '\t') require(command.verb == Verb::unknown);
  }
}

// One line of the result per step that found something.
std::string lines_in(const Pieces& pieces, std::size_t max_octets) {
  LineReader reader(max_octets);
  std::string found;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    for (std::string_view rest = buffer.view(); !rest.empty();) {
      const LineReader::Step step = reader.read(rest);
      require(step.consumed > 0 && step.consumed <= rest.size());
      rest.remove_prefix(step.consumed);
      if (step.status == LineReader::Status::need_input) {
        require(rest.empty());
        continue;
      }
      require(step.line.size() + 2 <= std::max<std::size_t>(max_octets, 2));
      check_command(step.line);
      found += cat(static_cast<int>(step.status), step.line, "\n");
    }
    require(reader.is_between_lines() == piece.ends_with('\n'));
  }
  return found;
}

// The same by other means.
std::string expected_lines_in(std::string_view text, std::size_t max_octets) {
  std::string expected;
  for (std::size_t end = 0; (end = text.find('\n')) != std::string_view::npos;) {
    const std::string_view line = text.substr(0, end + 1);
    text.remove_prefix(end + 1);
    LineReader::Status status = LineReader::Status::bare;
    if (line.find('\r') == end - 1 && end > 0) status = LineReader::Status::line;
    if (line.size() > max_octets) status = LineReader::Status::too_long;
    const bool is_good = status == LineReader::Status::line;
    expected += cat(static_cast<int>(status), is_good ? line.substr(0, end - 1) : "", "\n");
  }
  return expected;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const std::size_t max_octets = 4 + 8 * input.choose(10);
  const std::string_view text = input.text();
  check_command(text);
  const std::string expected = expected_lines_in(text, max_octets);
  require(lines_in(test::pieces_of(text, text.size() + 1), max_octets) == expected);
  require(lines_in(test::pieces_of(text, piece), max_octets) == expected);
  return 0;
}
