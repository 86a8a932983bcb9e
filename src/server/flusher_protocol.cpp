// SPDX-License-Identifier: ISC
//
// server/flusher_protocol.cpp - what a worker and its flushers say to each other.

#include "server/flusher_protocol.h"

#include <cstring>

namespace postern::server {

namespace {

constexpr char sync_letter = 's';
constexpr char checkpoint_letter = 'c';

template <typename Number>
void append_number(std::string& packet, Number number) {
  packet.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <typename Number>
Number take_number(std::string_view& packet) {
  Number number{};
  std::memcpy(&number, packet.data(), sizeof number);
  packet.remove_prefix(sizeof number);
  return number;
}

const char* words_of(FlushStep step) {
  switch (step) {
    case FlushStep::none: return "";
    case FlushStep::sync_journal: return "fdatasync of the journal";
    case FlushStep::sync_spool: return "syncfs of the spool";
    case FlushStep::write_header: return "write the header of the journal";
  }
  return "";
}

}  // namespace

std::string sync_request() {
  return std::string(1, sync_letter);
}

std::string checkpoint_request(const spool::Flusher::HeaderBlock& block) {
  std::string packet(1, checkpoint_letter);
  append_number(packet, block.offset);
  return packet + block.octets;
}

std::optional<FlushRequest> parse_flush_request(std::string_view packet) {
  if (packet.empty()) return std::nullopt;
  const char letter = packet.front();
  packet.remove_prefix(1);
  if (letter == sync_letter && packet.empty()) return FlushRequest{};
  if (letter != checkpoint_letter || packet.size() <= sizeof(std::uint64_t)) return std::nullopt;
  const auto offset = take_number<std::uint64_t>(packet);
  return FlushRequest{spool::Flusher::HeaderBlock{offset, std::string(packet)}};
}

Result<void> FlushAnswer::result() const {
  if (failed == FlushStep::none) return {};
  return fail_errno(words_of(failed), sys_errno);
}

std::string format_flush_answer(const FlushAnswer& answer) {
  std::string packet;
  append_number(packet, answer.failed);
  append_number(packet, answer.sys_errno);
  return packet;
}

std::optional<FlushAnswer> parse_flush_answer(std::string_view packet) {
  if (packet.size() != sizeof(FlushStep) + sizeof(std::int32_t)) return std::nullopt;
  FlushAnswer answer;
  answer.failed = take_number<FlushStep>(packet);
  answer.sys_errno = take_number<std::int32_t>(packet);
  if (answer.failed > FlushStep::write_header) return std::nullopt;
  return answer;
}

}  // namespace postern::server
