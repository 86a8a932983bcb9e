// SPDX-License-Identifier: ISC
//
// adsp/octets.h - numbers in packets, the most significant octet first.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::adsp {

// Takes numbers and texts off the front of a packet.  What is not there reads as zero or as
// nothing, and failed() says so from then on: read all the fields, then ask once.
class OctetReader {
 public:
  explicit OctetReader(std::string_view octets) : rest_(octets) {}

  std::uint8_t take8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t take16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t take32() { return number(4); }
  std::string_view take(std::size_t count);  // a view into the packet

  std::string_view rest() const { return rest_; }
  bool failed() const { return failed_; }

 private:
  std::uint32_t number(std::size_t count);

  std::string_view rest_;
  bool failed_ = false;
};

void put8(std::string& out, std::uint8_t number);
void put16(std::string& out, std::uint16_t number);
void put32(std::string& out, std::uint32_t number);

}  // namespace postern::adsp
