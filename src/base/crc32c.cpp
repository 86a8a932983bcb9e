// SPDX-License-Identifier: ISC
//
// base/crc32c.cpp - the checksum that tells a torn record from a whole one.

#include "base/crc32c.h"

#include <array>
#include <cstring>

namespace postern {

namespace {

constexpr std::uint32_t polynomial = 0x82f63b78;  // 0x1edc6f41, the lowest bit first

constexpr std::array<std::uint32_t, 256> make_table() {
  std::array<std::uint32_t, 256> table{};
  for (std::uint32_t octet = 0; octet < table.size(); ++octet) {
    std::uint32_t rest = octet;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? polynomial : 0);
    table[octet] = rest;
  }
  return table;
}

constexpr auto table = make_table();

std::uint32_t by_table(std::string_view octets, std::uint32_t rest) {
  for (const char c : octets) {
    rest = (rest >> 8) ^ table[(rest ^ static_cast<unsigned char>(c)) & 0xff];
  }
  return rest;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) std::uint32_t by_instruction(std::string_view octets,
                                                               std::uint32_t rest) {
  std::uint64_t wide = rest;
  while (octets.size() >= sizeof wide) {
    std::uint64_t word = 0;
    std::memcpy(&word, octets.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
    octets.remove_prefix(sizeof word);
  }
  rest = static_cast<std::uint32_t>(wide);
  for (const char c : octets) rest = __builtin_ia32_crc32qi(rest, static_cast<unsigned char>(c));
  return rest;
}

std::uint32_t advance(std::string_view octets, std::uint32_t rest) {
  if (__builtin_cpu_supports("sse4.2") != 0) return by_instruction(octets, rest);
  return by_table(octets, rest);
}

#else

std::uint32_t advance(std::string_view octets, std::uint32_t rest) {
  return by_table(octets, rest);
}

#endif

}  // namespace

std::uint32_t crc32c(std::string_view octets, std::uint32_t so_far) {
  return ~advance(octets, ~so_far);
}

}  // namespace postern
