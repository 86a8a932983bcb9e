// SPDX-License-Identifier: ISC
//
// base/base64.cpp - strict base64 (RFC 4648 4).

#include "base/base64.h"

#include <array>
#include <cstdint>

namespace postern {

namespace {

constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::uint32_t octet_at(std::string_view octets, std::size_t i) {
  return i < octets.size() ? static_cast<unsigned char>(octets[i]) : 0;
}

// Three octets from four characters without padding; nothing if one is not in the alphabet.
std::optional<std::uint32_t> decode_group(std::string_view four) {
  std::uint32_t bits = 0;
  for (const char c : four) {
    const std::size_t value = alphabet.find(c);
    if (value == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
  }
  return bits;
}

}  // namespace

std::string base64_encode(std::string_view octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < octets.size(); i += 3) {
    const std::uint32_t bits =
        octet_at(octets, i) << 16 | octet_at(octets, i + 1) << 8 | octet_at(octets, i + 2);
    out += alphabet[bits >> 18];
    out += alphabet[bits >> 12 & 63];
    out += i + 1 < octets.size() ? alphabet[bits >> 6 & 63] : '=';
    out += i + 2 < octets.size() ? alphabet[bits & 63] : '=';
  }
  return out;
}

std::optional<std::string> base64_decode(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  std::string padded(text);
  // 'A' is six zero bits, so the octets it stands in for are zero and can be checked below.
  padded.replace(padded.size() - padding, padding, padding, 'A');

  std::string out;
  out.reserve(text.size() / 4 * 3);
  for (std::size_t i = 0; i < padded.size(); i += 4) {
    const auto bits = decode_group(std::string_view(padded).substr(i, 4));
    if (!bits) return std::nullopt;
    out += static_cast<char>(*bits >> 16);
    out += static_cast<char>(*bits >> 8 & 255);
    out += static_cast<char>(*bits & 255);
  }
  const std::string_view spare = std::string_view(out).substr(out.size() - padding);
  if (spare.find_first_not_of('\0') != std::string_view::npos) return std::nullopt;
  out.resize(out.size() - padding);
  return out;
}

}  // namespace postern
