// SPDX-License-Identifier: ISC
//
// t/fuzz/base_fuzz.cpp - base64, UTF-8, text for the log, sets of peers.
//
// The input is taken as each of them; its lines are the items of a set.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/address_set.h"
#include "base/base64.h"
#include "base/peer_set.h"
#include "base/text.h"
#include "base/utf8_checker.h"
#include "cut.h"

using namespace postern;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

// ---- Base64

void check_base64(std::string_view text) {
  const std::string encoded = base64_encode(text);
  require(encoded.size() == (text.size() + 2) / 3 * 4 && base64_decode(encoded) == text);
  // There is one way only to write octets.
  if (const auto decoded = base64_decode(text)) require(base64_encode(*decoded) == text);
}

// ---- UTF-8

// The characters of text, or nothing if it is not UTF-8 (RFC 3629 3, 4).
std::optional<std::vector<std::uint32_t>> characters_of(std::string_view text) {
  std::vector<std::uint32_t> characters;
  for (std::size_t i = 0; i < text.size();) {
    const auto octet_at = [&](std::size_t at) {
      return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
    };
    const std::uint32_t first = octet_at(i);
    if (first >= 0x80 && first < 0xc0) return std::nullopt;
    const std::size_t octets = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
    if (first >= 0xf8 || i + octets > text.size()) return std::nullopt;
    std::uint32_t character = octets == 1 ? first : first & (0x7fU >> octets);
    for (std::size_t j = 1; j < octets; ++j) {
      if ((octet_at(i + j) & 0xc0U) != 0x80) return std::nullopt;
      character = character << 6U | (octet_at(i + j) & 0x3fU);
    }
    constexpr std::uint32_t least[] = {0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = character >= 0xd800 && character <= 0xdfff;
    if (character < least[octets - 1] || is_surrogate || character > 0x10ffff) return std::nullopt;
    characters.push_back(character);
    i += octets;
  }
  return characters;
}

bool is_unicode_control(std::uint32_t c) {
  return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0x2028 || c == 0x2029;
}

void check_utf8(std::string_view text) {
  const auto characters = characters_of(text);
  require(is_utf8(text) == characters.has_value());
  Utf8Checker checker;
  const bool is_good =
      std::all_of(text.begin(), text.end(), [&](char c) { return checker.take(c); });
  require((is_good && checker.is_between_characters()) == characters.has_value());
  if (!characters) return;
  require(has_unicode_control(text) ==
          std::any_of(characters->begin(), characters->end(), is_unicode_control));
}

// ---- What people are shown

void check_printable(std::string_view text) {
  const std::string shown = printable(text);
  require(std::none_of(shown.begin(), shown.end(),
                       [](char c) { return is_control(c) || is_eight_bit(c) || c == '"'; }));
  require(shown.size() <= 4 * 256 + 3);
}

// ---- Sets

// Addresses in and around item.
std::vector<IpAddress> addresses_near(std::string_view item) {
  std::vector<IpAddress> addresses;
  const std::size_t end = std::min(item.find_first_of("-/"), item.size());
  for (const std::string_view part : {item.substr(0, end), item.substr(end)}) {
    const bool has_sign = !part.empty() && part.data() != item.data();
    const auto address = IpAddress::parse(trim(part.substr(has_sign ? 1 : 0)));
    if (!address) continue;
    addresses.push_back(*address);
    for (const int step : {-1, 1}) {
      IpAddress::Octets octets = address->octets();
      octets.back() = static_cast<std::uint8_t>(octets.back() + step);
      addresses.emplace_back(octets);
    }
    for (const unsigned bits : {96U, 104U, 120U}) {
      addresses.push_back(address->last_of_prefix(bits));
    }
  }
  return addresses;
}

// A set has what one of its items has, and nothing else, however it was made.
void check_sets(std::string_view text) {
  std::vector<AddressSet> sets;  // of one item each
  std::vector<AddressSet::Range> ranges;
  std::vector<IpAddress> probes;
  AddressSet all;
  PeerSet peers;
  bool has_unix = false;
  for (const std::string_view item : split_lines(text)) {
    AddressSet one;
    const bool is_unix = trim(item) == "unix";
    const auto added = one.add(item);
    require(all.add(item).has_value() == added.has_value());
    require(peers.add(item).has_value() == (added.has_value() || is_unix));
    has_unix = has_unix || is_unix;
    if (!added) require(!added.error().what.empty());
    if (added) {
      sets.push_back(std::move(one));
      ranges.push_back(*AddressSet::parse(item));
    }
    for (const IpAddress& address : addresses_near(item)) probes.push_back(address);
  }
  const AddressSet at_once(std::move(ranges));
  require(at_once.size() == all.size());
  require(all.empty() == sets.empty() && peers.has_addresses() == !sets.empty());
  require(peers.contains(PeerAddress::local_user(0)) == has_unix);
  for (const IpAddress& address : probes) {
    const bool is_in_one = std::any_of(
        sets.begin(), sets.end(), [&](const AddressSet& one) { return one.contains(address); });
    require(all.contains(address) == is_in_one);
    require(at_once.contains(address) == is_in_one);
    require(peers.contains(PeerAddress::tcp(address, 25)) == is_in_one);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const PieceBuffer input(std::string(data, data + size));
  check_base64(input.view());
  check_utf8(input.view());
  check_printable(input.view());
  check_sets(input.view());
  return 0;
}
