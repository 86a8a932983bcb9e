// SPDX-License-Identifier: ISC
//
// smtp/line_reader.cpp - command lines out of a stream of octets.

#include "smtp/line_reader.h"

namespace postern::smtp {

LineReader::Step LineReader::read(std::string_view input) {
  if (returned_) {
    std::string().swap(kept_);  // a session between commands keeps no buffer
    returned_ = false;
  }
  const std::size_t newline = input.find('\n');
  if (newline == std::string_view::npos) {
    keep(input);
    return {Status::need_input, input.size(), {}};
  }
  return finish(input.substr(0, newline + 1), newline + 1);
}

void LineReader::keep(std::string_view piece) {
  if (kept_.size() + piece.size() > max_octets_) {
    too_long_ = true;
    std::string().swap(kept_);
  }
  if (!too_long_) kept_ += piece;
}

LineReader::Step LineReader::finish(std::string_view end_of_line, std::size_t consumed) {
  std::string_view line = end_of_line;
  if (too_long_ || kept_.size() + end_of_line.size() > max_octets_) {
    too_long_ = false;
    returned_ = true;
    return {Status::too_long, consumed, {}};
  }
  if (!kept_.empty()) {
    kept_ += end_of_line;
    line = kept_;
  }
  returned_ = true;
  line.remove_suffix(1);
  if (!line.ends_with('\r') || line.find('\r') != line.size() - 1) {
    return {Status::bare, consumed, {}};
  }
  line.remove_suffix(1);
  return {Status::line, consumed, line};
}

}  // namespace postern::smtp
