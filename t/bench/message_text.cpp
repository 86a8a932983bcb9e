// SPDX-License-Identifier: ISC
//
// t/bench/message_text.cpp - messages that no two are alike, and that can be made once more.

#include "message_text.h"

#include <algorithm>
#include <utility>

namespace postern::bench {

namespace {

constexpr std::string_view alphabet =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::size_t line_size = 72;  // with CRLF
constexpr std::size_t beginnings = 997;

// Line number i: eight digits, a space, and the alphabet from its letter i on.
std::string line_of(std::size_t i) {
  std::string digits = std::to_string(i);
  std::string line(8 - digits.size(), '0');
  line += digits;
  line += ' ';
  for (std::size_t column = 0; column < line_size - 11; ++column) {
    line += alphabet[(i + column) % alphabet.size()];
  }
  return line += "\r\n";
}

}  // namespace

MessageText::MessageText(std::string run, std::size_t size) : run_(std::move(run)), size_(size) {
  for (std::size_t i = 0; lines_.size() < size + beginnings * line_size; ++i) lines_ += line_of(i);
}

std::string MessageText::name_of(std::uint64_t number) const {
  return run_ + "." + std::to_string(number);
}

void MessageText::append_to(std::string& out, std::uint64_t number) const {
  const std::string name = name_of(number);
  const std::size_t begin = out.size();
  out += "From: <sender@bench.example>\r\nTo: <recipient@bench.example>\r\n";
  out += "Date: Tue, 1 Dec 2026 00:00:00 +0000\r\nSubject: ";
  out += name;
  out += "\r\nMessage-ID: <";
  out += name;
  out += "@bench.example>\r\n\r\n";
  const std::size_t header = out.size() - begin;
  // The last line is cut so that the size is right, but never to nothing.
  const std::size_t rest = std::max(size_, header + line_size) - header - 2;
  out.append(lines_, number % beginnings * line_size, rest);
  if (out.back() == '\r') out.back() = '.';
  if (out.back() == '\n') out.replace(out.size() - 2, 2, "..");
  out += "\r\n.\r\n";
}

}  // namespace postern::bench
