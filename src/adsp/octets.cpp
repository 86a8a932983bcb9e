// SPDX-License-Identifier: ISC
//
// adsp/octets.cpp - numbers in packets, the most significant octet first.

#include "adsp/octets.h"

namespace postern::adsp {

std::string_view OctetReader::take(std::size_t count) {
  if (count > rest_.size()) {
    failed_ = true;
    rest_ = {};
    return {};
  }
  const std::string_view taken = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return taken;
}

std::uint32_t OctetReader::number(std::size_t count) {
  std::uint32_t number = 0;
  for (const char c : take(count)) number = number << 8U | static_cast<unsigned char>(c);
  return number;
}

void put8(std::string& out, std::uint8_t number) {
  out += static_cast<char>(number);
}

void put16(std::string& out, std::uint16_t number) {
  put8(out, static_cast<std::uint8_t>(number >> 8U));
  put8(out, static_cast<std::uint8_t>(number & 0xffU));
}

void put32(std::string& out, std::uint32_t number) {
  put16(out, static_cast<std::uint16_t>(number >> 16U));
  put16(out, static_cast<std::uint16_t>(number & 0xffffU));
}

}  // namespace postern::adsp
