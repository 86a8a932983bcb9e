// SPDX-License-Identifier: ISC
//
// smtp/data_decoder.cpp - message text between DATA and the final dot.
//
// Inside a line nothing matters but CR and LF, so text is given out in runs that may span many
// lines: the run stops only before a line that begins with a dot, before a CR or LF that stands
// alone, and where the input ends.

#include "smtp/data_decoder.h"

#include "base/text.h"

namespace postern::smtp {

namespace {

constexpr std::string_view crlf = "\r\n";

// rest begins with a CR or LF that is known not to belong to a CRLF.
bool is_bare(std::string_view rest) {
  return rest.front() == '\n' || (rest.size() > 1 && rest[1] != '\n');
}

}  // namespace

DataDecoder::Step DataDecoder::decode(std::string_view input) {
  std::size_t consumed = 0;
  while (consumed < input.size()) {
    const std::string_view rest = input.substr(consumed);
    Step step{};
    switch (state_) {
      case State::line_start: step = line_start(rest); break;
      case State::in_line: step = line(rest); break;
      case State::held_cr: step = held_cr(rest); break;
      case State::dot: step = dot(rest); break;
      case State::dot_cr: step = dot_cr(rest); break;
    }
    consumed += step.consumed;
    if (step.status != Status::need_input) return {step.status, consumed, step.text};
  }
  return {Status::need_input, consumed, {}};
}

DataDecoder::Step DataDecoder::line_start(std::string_view input) {
  if (input.front() == '.') {
    state_ = State::dot;
    return {Status::need_input, 1, {}};
  }
  state_ = State::in_line;
  return {Status::need_input, 0, {}};
}

// The longest run of whole lines that begin with no dot, and a part of the last one.  What stands
// before a bare CR or LF is given out too, as it would be had the input been cut there.
DataDecoder::Step DataDecoder::line(std::string_view input) {
  std::size_t end = 0;
  while (end < input.size()) {
    const std::size_t stop = find_cr_or_lf(input, end);
    if (stop == std::string_view::npos) return give(input, input.size());
    if (stop > 0 && is_bare(input.substr(stop))) return give(input.substr(0, stop), stop);
    if (input[stop] == '\n') return {Status::bare_lf, 1, {}};
    if (stop + 1 == input.size()) {
      state_ = State::held_cr;
      return give(input.substr(0, stop), stop + 1);
    }
    if (input[stop + 1] != '\n') return {Status::bare_cr, 1, {}};
    end = stop + 2;
    if (end < input.size() && input[end] == '.') break;
  }
  state_ = State::line_start;
  return give(input.substr(0, end), end);
}

// The CR was the last octet of the piece before.
DataDecoder::Step DataDecoder::held_cr(std::string_view input) {
  if (input.front() != '\n') return {Status::bare_cr, 0, {}};
  state_ = State::line_start;
  return give(crlf, 1);
}

DataDecoder::Step DataDecoder::dot(std::string_view input) {
  if (input.front() == '\r') {
    state_ = State::dot_cr;
    return {Status::need_input, 1, {}};
  }
  if (input.front() == '\n') return {Status::bare_lf, 1, {}};
  state_ = State::in_line;  // the dot was stuffing
  return {Status::need_input, 0, {}};
}

DataDecoder::Step DataDecoder::dot_cr(std::string_view input) {
  if (input.front() != '\n') return {Status::bare_cr, 0, {}};
  return {Status::end, 1, {}};
}

DataDecoder::Step DataDecoder::give(std::string_view text, std::size_t consumed) {
  octets_ += text.size();
  if (too_big_ || text.empty()) return {Status::need_input, consumed, {}};
  if (octets_ > max_octets_) {
    too_big_ = true;
    return {Status::too_big, consumed, {}};
  }
  return {Status::text, consumed, text};
}

}  // namespace postern::smtp
