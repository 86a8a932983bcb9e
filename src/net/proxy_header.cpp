// SPDX-License-Identifier: ISC
//
// net/proxy_header.cpp - what a proxy says in front of a connection.
//
// Octets are taken one by one, which makes no difference at so few of them, and none between a
// header that comes whole and one that comes in pieces.

#include "net/proxy_header.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/text.h"

namespace postern::net {

namespace {

using Status = ProxyReader::Status;

// ---- Version 1

constexpr std::size_t max_line = 107;  // with its CRLF (PROXY protocol 2.1)

constexpr std::string_view tcp4 = "PROXY TCP4 ";
constexpr std::string_view tcp6 = "PROXY TCP6 ";
constexpr std::string_view unknown = "PROXY UNKNOWN";

// Takes the word in front of the next space, and the space, off text; nothing if there is none.
std::optional<std::string_view> take_field(std::string_view& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  const std::string_view word = text.substr(0, space);
  text.remove_prefix(space + 1);
  return word;
}

// "::ffff:192.0.2.1" is written as IPv6, whatever it means.
std::optional<IpAddress> parse_address(std::string_view word, bool is_v6) {
  const bool is_written_as_v6 = word.find(':') != std::string_view::npos;
  return is_written_as_v6 == is_v6 ? IpAddress::parse(word) : std::nullopt;
}

std::optional<std::uint16_t> parse_port(std::string_view word) {
  if (word.size() > 1 && word.front() == '0') return std::nullopt;
  return parse_decimal<std::uint16_t>(word);
}

// "source destination port port"; the source.
std::optional<PeerAddress> parse_endpoints(std::string_view text, bool is_v6) {
  const auto source = take_field(text);
  const auto destination = take_field(text);
  const auto source_port = take_field(text);
  if (!source || !destination || !source_port) return std::nullopt;
  const auto address = parse_address(*source, is_v6);
  const auto port = parse_port(*source_port);
  if (!address || !port) return std::nullopt;
  if (!parse_address(*destination, is_v6) || !parse_port(text)) return std::nullopt;
  return PeerAddress::tcp(*address, *port);
}

// ---- Version 2

constexpr std::string_view signature("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t command_at = 12;   // version and command
constexpr std::size_t protocol_at = 13;  // family and transport
constexpr std::size_t length_at = 14;    // of what follows
constexpr std::size_t fixed_octets = 16;

constexpr unsigned char local_command = 0x20;
constexpr unsigned char proxy_command = 0x21;

// What can be proxied to us: a stream, or what the proxy does not say.
struct Protocol {
  unsigned char octet;
  std::size_t ip_octets;       // of one address; 0 if none of ours
  std::size_t address_octets;  // of both addresses with their ports
};

constexpr std::array protocols{
    Protocol{0x00, 0, 0},    // unspecified
    Protocol{0x11, 4, 12},   // TCP over IPv4
    Protocol{0x21, 16, 36},  // TCP over IPv6
    Protocol{0x31, 0, 216},  // a Unix-domain stream
};

const Protocol* find_protocol(unsigned char octet) {
  const auto* found = std::find_if(protocols.begin(), protocols.end(),
                                   [&](const Protocol& known) { return known.octet == octet; });
  return found == protocols.end() ? nullptr : found;
}

unsigned char octet_at(std::string_view octets, std::size_t at) {
  return static_cast<unsigned char>(octets[at]);
}

// Big-endian.
std::uint32_t number_of(std::string_view octets) {
  std::uint32_t number = 0;
  for (const char octet : octets) number = number << 8 | static_cast<unsigned char>(octet);
  return number;
}

// The source address and its port, from both addresses and both ports.
PeerAddress source_of(std::string_view addresses, std::size_t ip_octets) {
  IpAddress::Octets octets{};
  if (ip_octets == 4) octets[10] = octets[11] = 0xff;  // as IpAddress keeps IPv4
  std::transform(addresses.begin(), addresses.begin() + static_cast<std::ptrdiff_t>(ip_octets),
                 octets.end() - static_cast<std::ptrdiff_t>(ip_octets),
                 [](char octet) { return static_cast<std::uint8_t>(octet); });
  const std::uint32_t port = number_of(addresses.substr(2 * ip_octets, 2));
  return PeerAddress::tcp(IpAddress(octets), static_cast<std::uint16_t>(port));
}

// CRC-32C (RFC 4960 appendix B), bit by bit: few headers have one.
std::uint32_t crc32c(std::string_view octets) {
  constexpr std::uint32_t polynomial = 0x82f63b78;
  std::uint32_t crc = 0xffffffff;
  for (const char octet : octets) {
    crc ^= static_cast<unsigned char>(octet);
    for (int bit = 0; bit < 8; ++bit) crc = crc >> 1 ^ ((crc & 1) != 0 ? polynomial : 0);
  }
  return ~crc;
}

// The TLVs that stand behind the addresses (PROXY protocol 2.2, "pp2_tlv").
class TlvReader {
 public:
  TlvReader(std::string_view header, std::size_t at) : header_(header), rest_(header.substr(at)) {}

  // Whether the TLVs fill the header exactly, and what they say of it is true.
  bool read_all() {
    while (!rest_.empty()) {
      if (!read_one()) return false;
    }
    return checksum_.empty() || has_true_checksum();
  }

  // The peer that a TLV of ours names, if one does.
  const std::optional<PeerAddress>& appletalk() const { return appletalk_; }

 private:
  static constexpr std::size_t head_octets = 3;  // type and length
  static constexpr unsigned char checksum_type = 0x03;
  static constexpr std::size_t checksum_octets = 4;

  bool read_one() {
    if (rest_.size() < head_octets) return false;
    const unsigned char type = octet_at(rest_, 0);
    const std::size_t length = number_of(rest_.substr(1, 2));
    rest_.remove_prefix(head_octets);
    if (rest_.size() < length) return false;
    const std::string_view value = rest_.substr(0, length);
    rest_.remove_prefix(length);
    return note(type, value);
  }

  // The types that mean something to us; the others may say anything.
  bool note(unsigned char type, std::string_view value) {
    if (type == ProxyReader::appletalk_tlv) note_appletalk(value);
    if (type != checksum_type) return true;
    const bool is_first = checksum_.empty();
    checksum_ = value;
    return is_first && value.size() == checksum_octets;
  }

  // One of another size is somebody else's, of the same number.
  void note_appletalk(std::string_view value) {
    constexpr std::size_t octets = 4;
    if (value.size() != octets) return;
    appletalk_ = PeerAddress::appletalk(static_cast<std::uint16_t>(number_of(value.substr(0, 2))),
                                        octet_at(value, 2), octet_at(value, 3));
  }

  // PROXY protocol 2.2.3: of the whole header, the checksum itself counted as zeros.
  bool has_true_checksum() const {
    std::string zeroed(header_);
    const auto at = static_cast<std::size_t>(checksum_.data() - header_.data());
    zeroed.replace(at, checksum_octets, checksum_octets, '\0');
    return crc32c(zeroed) == number_of(checksum_);
  }

  std::string_view header_;
  std::string_view rest_;      // of it, still to be read
  std::string_view checksum_;  // in it; empty if there is none
  std::optional<PeerAddress> appletalk_;
};

// Whether octets are the beginning of a header, or begin with that of one.
bool begins_header(std::string_view octets) {
  constexpr std::array openings{tcp4, tcp6, unknown, signature};
  return std::any_of(openings.begin(), openings.end(), [&](std::string_view opening) {
    const std::size_t common = std::min(octets.size(), opening.size());
    return octets.substr(0, common) == opening.substr(0, common);
  });
}

}  // namespace

ProxyReader::Step ProxyReader::read(std::string_view input) {
  std::size_t consumed = 0;
  while (status_ == Status::need_input && consumed < input.size()) {
    status_ = take(input[consumed++]);
  }
  return {status_, consumed};
}

ProxyReader::Status ProxyReader::take(char octet) {
  octets_ += octet;
  if (!begins_header(octets_)) return Status::malformed;
  return octets_.front() == signature.front() ? take_binary() : take_line();
}

// Only CRLF ends a line (PROXY protocol 2.1); a CR or LF that stands alone is in none.
ProxyReader::Status ProxyReader::take_line() {
  const bool is_behind_cr = octets_.size() > 1 && octets_[octets_.size() - 2] == '\r';
  if (is_behind_cr != (octets_.back() == '\n')) return Status::malformed;
  if (is_behind_cr) return finish_line();
  return octets_.size() < max_line ? Status::need_input : Status::malformed;
}

ProxyReader::Status ProxyReader::finish_line() {
  const std::string_view line = std::string_view(octets_).substr(0, octets_.size() - 2);
  if (line.starts_with(unknown)) {
    // Addresses may follow, but are to be ignored.
    const std::string_view rest = line.substr(unknown.size());
    return rest.empty() || rest.front() == ' ' ? Status::done : Status::malformed;
  }
  header_.client = parse_endpoints(line.substr(tcp4.size()), line.starts_with(tcp6));
  return header_.client ? Status::done : Status::malformed;
}

ProxyReader::Status ProxyReader::take_binary() {
  const std::string_view octets = octets_;
  if (octets.size() <= command_at) return Status::need_input;
  const unsigned char command = octet_at(octets, command_at);
  if (command != local_command && command != proxy_command) return Status::malformed;
  if (octets.size() <= protocol_at) return Status::need_input;
  const Protocol* protocol = find_protocol(octet_at(octets, protocol_at));
  if (command == proxy_command && protocol == nullptr) return Status::malformed;
  if (octets.size() < fixed_octets) return Status::need_input;
  const std::size_t length = number_of(octets.substr(length_at, 2));
  if (length > max_octets - fixed_octets) return Status::malformed;
  if (command == proxy_command && length < protocol->address_octets) return Status::malformed;
  return octets.size() < fixed_octets + length ? Status::need_input : finish_binary();
}

ProxyReader::Status ProxyReader::finish_binary() {
  const std::string_view octets = octets_;
  // Of LOCAL all that follows is to be skipped unseen, the family included (PROXY protocol 2.2).
  if (octet_at(octets, command_at) == local_command) return Status::done;
  const Protocol& protocol = *find_protocol(octet_at(octets, protocol_at));
  TlvReader tlvs(octets, fixed_octets + protocol.address_octets);
  if (!tlvs.read_all()) return Status::malformed;
  if (protocol.ip_octets > 0) {
    header_.client = source_of(octets.substr(fixed_octets), protocol.ip_octets);
  } else if (protocol.address_octets == 0) {
    header_.client = tlvs.appletalk();
  }
  return Status::done;
}

}  // namespace postern::net
