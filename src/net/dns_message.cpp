// SPDX-License-Identifier: ISC
//
// net/dns_message.cpp - questions to a name server and what it replies.

#include "net/dns_message.h"

#include <algorithm>
#include <array>
#include <optional>

#include "base/text.h"

namespace postern::net {

namespace {

constexpr std::size_t header_size = 12;
constexpr std::size_t max_label = 63;  // RFC 1035 2.3.4
constexpr std::size_t max_name = 255;  // the same, lengths and all
constexpr std::uint16_t class_internet = 1;
constexpr std::uint16_t type_cname = 5;
constexpr int max_aliases = 8;

// Of the second pair of octets (RFC 1035 4.1.1).
constexpr std::uint16_t is_response = 0x8000;
constexpr std::uint16_t opcode_mask = 0x7800;
constexpr std::uint16_t is_truncated = 0x0200;
constexpr std::uint16_t wants_recursion = 0x0100;
constexpr std::uint16_t code_mask = 0x000f;
constexpr std::uint16_t code_no_such_name = 3;

void append_number(std::string& out, std::uint16_t number) {
  out += static_cast<char>(number >> 8);
  out += static_cast<char>(number & 0xff);
}

// A name as it is in packets, labels with their lengths in front and the empty one behind, in small
// letters: names are the same if these are.
using WireName = std::string;

struct Record {
  WireName owner;
  std::uint16_t type;
  std::uint16_t record_class;
  std::chrono::seconds ttl;
  std::string_view value;
  WireName name;  // in the value, of those types that have one
};

// Reads a packet.  Once something is not there, or is broken, nothing is any more.
class Reader {
 public:
  Reader(std::string_view packet, std::size_t at) : packet_(packet), at_(at) {}

  bool is_good() const { return is_good_; }

  std::uint16_t number() {
    const std::string_view octets = take(2);
    if (octets.empty()) return 0;
    return static_cast<std::uint16_t>(octet(octets[0]) << 8 | octet(octets[1]));
  }

  // RFC 2181 8: of more than 31 bits is as good as none.
  std::chrono::seconds ttl() {
    const std::uint32_t high = number();
    const std::uint32_t all = high << 16 | number();
    return std::chrono::seconds{all > 0x7fffffff ? 0 : all};
  }

  std::string_view take(std::size_t size) {
    if (!is_good_ || packet_.size() - at_ < size) return broken();
    const std::string_view octets = packet_.substr(at_, size);
    at_ += size;
    return octets;
  }

  // RFC 1035 4.1.4: the end of a name may be somewhere before.  Each jump goes further back than
  // all before, so that there is an end to them.
  WireName name() {
    WireName name;
    std::size_t earliest = at_;
    std::optional<std::size_t> behind;  // the first jump
    while (is_good_) {
      const std::string_view first = take(1);
      if (first.empty()) break;
      const std::size_t length = octet(first[0]);
      if (length > max_label) {
        const std::string_view second = take(1);
        if (length < 0xc0 || second.empty()) return WireName(broken());
        const std::size_t target = (length & 0x3f) << 8 | octet(second[0]);
        if (target >= earliest) return WireName(broken());
        if (!behind) behind = at_;
        at_ = earliest = target;
        continue;
      }
      name += first;
      name += lower(take(length));
      if (name.size() > max_name) return WireName(broken());
      if (length == 0) break;
    }
    if (behind) at_ = *behind;
    return name;
  }

  Record record() {
    Record record;
    record.owner = name();
    record.type = number();
    record.record_class = number();
    record.ttl = ttl();
    const std::size_t size = number();
    const std::size_t begin = at_;
    record.value = take(size);
    const bool has_name =
        record.type == type_cname || record.type == static_cast<std::uint16_t>(DnsType::ptr);
    if (!is_good_ || !has_name) return record;
    Reader value(packet_.substr(0, at_), begin);
    record.name = value.name();
    if (!value.is_good() || value.at_ != at_) broken();
    return record;
  }

 private:
  static std::uint8_t octet(char c) { return static_cast<std::uint8_t>(c); }

  std::string_view broken() {
    is_good_ = false;
    return {};
  }

  std::string_view packet_;
  std::size_t at_;
  bool is_good_ = true;
};

bool may_stand_in_text(char c) {
  return is_alnum(c) || c == '-' || c == '_';
}

// Nothing if a label has a dot in it, or anything else that no name of a host has.
std::optional<std::string> text_of(const WireName& name) {
  std::string text;
  for (std::size_t at = 0; name[at] != 0;) {
    const auto length = static_cast<std::uint8_t>(name[at]);
    const std::string label = name.substr(at + 1, length);
    if (!std::all_of(label.begin(), label.end(), may_stand_in_text)) return std::nullopt;
    text += cat(text.empty() ? "" : ".", label);
    at += length + 1U;
  }
  return text.empty() ? std::nullopt : std::optional(text);
}

std::optional<IpAddress> address_of(const Record& record, DnsType type) {
  IpAddress::Octets octets{};
  if (type == DnsType::a) octets = IpAddress::parse("0.0.0.0")->octets();
  const std::size_t size = type == DnsType::a ? 4 : octets.size();
  if (record.value.size() != size) return std::nullopt;
  std::transform(record.value.begin(), record.value.end(), octets.end() - static_cast<long>(size),
                 [](char c) { return static_cast<std::uint8_t>(c); });
  return IpAddress{octets};
}

void add_value(DnsReply& reply, const Record& record, DnsType type) {
  if (type == DnsType::ptr) {
    if (auto text = text_of(record.name)) reply.names.push_back(std::move(*text));
  } else if (const auto address = address_of(record, type)) {
    reply.addresses.push_back(*address);
  }
}

// From the name that was asked for, by aliases, to the records.
DnsReply answer_in(const std::vector<Record>& records, WireName owner, DnsType type) {
  DnsReply reply{.ttl = std::chrono::seconds::max()};
  for (int aliases = 0; aliases <= max_aliases; ++aliases) {
    const Record* alias = nullptr;
    for (const Record& record : records) {
      if (record.owner != owner || record.record_class != class_internet) continue;
      if (record.type == type_cname) alias = &record;
      if (record.type != static_cast<std::uint16_t>(type)) continue;
      reply.kind = DnsReply::Kind::answer;
      reply.ttl = std::min(reply.ttl, record.ttl);
      add_value(reply, record, type);
    }
    if (reply.kind == DnsReply::Kind::answer) return reply;
    if (alias == nullptr) return {.kind = DnsReply::Kind::nothing};
    owner = alias->name;
    reply.ttl = std::min(reply.ttl, alias->ttl);
  }
  return DnsReply{};
}

}  // namespace

std::string reverse_name(const IpAddress& address) {
  std::string name;
  const auto& octets = address.octets();
  if (address.is_v4()) {
    for (auto at = octets.rbegin(); at != octets.rbegin() + 4; ++at) name += cat(+*at, ".");
    return name + "in-addr.arpa";
  }
  constexpr std::string_view digits = "0123456789abcdef";
  for (auto at = octets.rbegin(); at != octets.rend(); ++at) {
    name += cat(digits[*at & 0xf], ".", digits[*at >> 4], ".");
  }
  return name + "ip6.arpa";
}

Result<std::string> write_dns_query(const DnsQuestion& question, std::uint16_t id,
                                    std::uint64_t cases) {
  std::string packet;
  append_number(packet, id);
  append_number(packet, wants_recursion);
  for (const int count : {1, 0, 0, 0}) append_number(packet, static_cast<std::uint16_t>(count));
  std::string_view rest = question.name;
  for (bool is_last = false; !is_last;) {
    const std::size_t dot = rest.find('.');
    is_last = dot == std::string_view::npos;
    const std::string_view label = rest.substr(0, dot);
    if (label.empty() || label.size() > max_label) return fail(Errc::syntax, "no name of the DNS");
    packet += static_cast<char>(label.size());
    for (const char c : label) {
      const bool is_capital = is_alpha(c) && (cases & 1) != 0;
      if (is_alpha(c)) cases = cases >> 1 | cases << 63;
      packet += is_capital ? static_cast<char>(ascii_lower(c) - 'a' + 'A') : ascii_lower(c);
    }
    rest.remove_prefix(is_last ? rest.size() : dot + 1);
  }
  packet += '\0';
  if (packet.size() - header_size > max_name) return fail(Errc::limit, "too long for the DNS");
  append_number(packet, static_cast<std::uint16_t>(question.type));
  append_number(packet, class_internet);
  return packet;
}

DnsReply read_dns_reply(std::string_view query, std::string_view packet) {
  const std::string_view question = query.substr(header_size);
  Reader reader(packet, 0);
  const std::string_view id = reader.take(2);
  const std::uint16_t flags = reader.number();
  const std::uint16_t questions = reader.number();
  const std::uint16_t answers = reader.number();
  reader.take(4);  // what else there is does not matter
  const bool is_ours = id == query.substr(0, 2) && (flags & is_response) != 0 && questions == 1 &&
                       reader.take(question.size()) == question && reader.is_good();
  if (!is_ours) return {.kind = DnsReply::Kind::not_ours};
  if ((flags & (is_truncated | opcode_mask)) != 0) return {};
  if ((flags & code_mask) == code_no_such_name) return {.kind = DnsReply::Kind::nothing};
  if ((flags & code_mask) != 0) return {};

  std::vector<Record> records;
  for (int i = 0; i < answers && reader.is_good(); ++i) records.push_back(reader.record());
  if (!reader.is_good()) return {};
  Reader asked(query, header_size);
  WireName owner = asked.name();
  return answer_in(records, std::move(owner), static_cast<DnsType>(asked.number()));
}

}  // namespace postern::net
