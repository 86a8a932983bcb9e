// SPDX-License-Identifier: ISC
//
// t/unit/net_proxy_header_test.cpp - the header of a proxied connection, however it comes.

#include "net/proxy_header.h"

#include <string>
#include <string_view>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

using namespace std::string_literals;

using postern::cat;
using postern::net::ProxyReader;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::same_at_every_cut;

namespace {

using Status = ProxyReader::Status;

// "192.0.2.5 port 40000", or whose connection it is.
std::string name_of(const postern::net::ProxyHeader& header) {
  if (!header.client) return "the proxy's own";
  return cat(header.client->to_string(), " port ", header.client->port());
}

// "client, octets left over", or how else it ends.
std::string read(const Pieces& pieces) {
  ProxyReader reader;
  Status status = Status::need_input;
  std::size_t left = 0;
  for (const std::string_view piece : pieces) {
    const PieceBuffer buffer(piece);
    const ProxyReader::Step step = reader.read(buffer.view());
    status = step.status;
    left += piece.size() - step.consumed;
    if (status == Status::need_input && step.consumed != piece.size()) return "input not consumed";
  }
  switch (status) {
    case Status::need_input: return "more";
    case Status::done: return cat(name_of(reader.header()), ", left ", left);
    case Status::malformed: return cat("malformed, left ", left);
  }
  return "?";
}

void check_read(const std::string& expected, std::string_view input) {
  STRCMP_EQUAL(expected.c_str(), same_at_every_cut(input, read).c_str());
}

// It takes no octet more to see that it is no header.
void check_malformed(std::string_view input) {
  check_read("malformed, left 0", input);
}

const std::string signature = "\r\n\r\n\0\r\nQUIT\n"s;
const std::string tcp4_addresses = "\xc0\0\2\5\xc0\0\2\1\x9c\x40\0\x19"s;
const std::string tcp6_addresses =
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\5"s
    "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s
    "\x9c\x40\0\x19"s;

std::string two_octets(std::size_t number) {
  return {static_cast<char>(number >> 8), static_cast<char>(number & 0xff)};
}

// command is two octets: that of version and command, that of family and transport.
std::string binary(const std::string& command, const std::string& block) {
  return signature + command + two_octets(block.size()) + block;
}

const std::string local = "\x20\0"s;
const std::string unspecified = "\x21\0"s;
const std::string tcp4 = "\x21\x11";
const std::string tcp6 = "\x21\x21";
const std::string unix_stream = "\x21\x31";

std::string tlv(char type, const std::string& value) {
  return type + two_octets(value.size()) + value;
}

}  // namespace

TEST_GROUP(ProxyHeader){};

// ---- PROXY protocol 2.1

TEST(ProxyHeader, ALineNamesTheClient) {
  check_read("192.0.2.5 port 40000, left 0", "PROXY TCP4 192.0.2.5 192.0.2.1 40000 25\r\n");
  check_read("2001:db8::5 port 40000, left 0", "PROXY TCP6 2001:db8::5 2001:DB8::1 40000 25\r\n");
  check_read("255.255.255.255 port 0, left 0",
             "PROXY TCP4 255.255.255.255 255.255.255.255 0 65535\r\n");
}

TEST(ProxyHeader, NothingBehindItIsRead) {
  check_read("192.0.2.5 port 1, left 8", "PROXY TCP4 192.0.2.5 192.0.2.1 1 25\r\nEHLO a\r\n");
  check_read("192.0.2.5 port 40000, left 8", binary(tcp4, tcp4_addresses) + "EHLO a\r\n");
}

TEST(ProxyHeader, AnIpv4ClientIsTheSameInIpv6) {
  check_read("192.0.2.5 port 1, left 0", "PROXY TCP6 ::ffff:192.0.2.5 ::ffff:192.0.2.1 1 25\r\n");
  check_read("192.0.2.5 port 1, left 0", "PROXY TCP6 ::ffff:c000:205 ::1 1 25\r\n");
  const std::string mapped = "\0\0\0\0\0\0\0\0\0\0\xff\xff\xc0\0\2\5"s;
  check_read("192.0.2.5 port 258, left 0", binary(tcp6, mapped + mapped + "\1\2\0\x19"s));
}

TEST(ProxyHeader, AnUnknownClientMayBeFollowedByAnything) {
  check_read("the proxy's own, left 0", "PROXY UNKNOWN\r\n");
  check_read("the proxy's own, left 1", "PROXY UNKNOWN \r\n\n");
  check_read("the proxy's own, left 0", "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n");
  check_read("the proxy's own, left 0", "PROXY UNKNOWN \0\xff PROXY\r\n"s);
  check_malformed("PROXY UNKNOWNS\r\n");
}

TEST(ProxyHeader, ALineHasAtMost107Octets) {
  const std::string opening = "PROXY UNKNOWN ";
  const std::string fits = opening + std::string(107 - opening.size() - 2, 'f') + "\r\n";
  check_read("the proxy's own, left 0", fits);
  const std::string line = opening + std::string(107 - opening.size() - 1, 'f') + "\r\n";
  check_read("malformed, left 1", line);
  check_malformed(line.substr(0, 107));
}

TEST(ProxyHeader, OnlyCrLfEndsTheLine) {
  check_malformed("PROXY TCP4 192.0.2.5 192.0.2.1 40000 25\n");
  check_malformed("PROXY TCP4 192.0.2.5 192.0.2.1 40000 25\r\r");
  check_malformed("PROXY UNKNOWN\n");
  check_malformed("PROXY UNKNOWN a\rb");
  check_malformed("PROXY UNKNOWN a\n");
}

TEST(ProxyHeader, TheWordsOfALineStandOneSpaceApart) {
  for (const char* line : {
           "PROXY TCP4  192.0.2.5 192.0.2.1 40000 25\r\n",
           "PROXY TCP4 192.0.2.5  192.0.2.1 40000 25\r\n",
           "PROXY TCP4 192.0.2.5\t192.0.2.1 40000 25\r\n",
           "PROXY TCP4 192.0.2.5 192.0.2.1 40000  25\r\n",
           "PROXY TCP4 192.0.2.5 192.0.2.1 40000 25 \r\n",
           "PROXY TCP4 192.0.2.5 192.0.2.1 40000 25 1\r\n",
           "PROXY TCP4 192.0.2.5 192.0.2.1 40000\r\n",
           "PROXY TCP4 192.0.2.5\r\n",
           "PROXY TCP4 \r\n",
       }) {
    check_malformed(line);
  }
}

TEST(ProxyHeader, AddressesAreOfTheFamilyThatIsSaid) {
  check_malformed("PROXY TCP4 2001:db8::5 192.0.2.1 40000 25\r\n");
  check_malformed("PROXY TCP4 192.0.2.5 2001:db8::1 40000 25\r\n");
  check_malformed("PROXY TCP4 ::ffff:192.0.2.5 192.0.2.1 40000 25\r\n");
  check_malformed("PROXY TCP6 192.0.2.5 2001:db8::1 40000 25\r\n");
  check_malformed("PROXY TCP6 2001:db8::5 192.0.2.1 40000 25\r\n");
}

TEST(ProxyHeader, RefusesWhatIsNoAddress) {
  for (const char* address : {"192.0.2", "192.0.2.256", "192.0.2.05", "192.0.2.5.1", "0xc0.0.2.5",
                              "a.example", "-", "192.0.2.5%eth0"}) {
    check_malformed(cat("PROXY TCP4 ", address, " 192.0.2.1 40000 25\r\n"));
    check_malformed(cat("PROXY TCP4 192.0.2.1 ", address, " 40000 25\r\n"));
  }
  for (const char* address : {"2001:db8::5::1", "1:2:3:4:5:6:7", "fe80::1%eth0", "[::1]", "g::"}) {
    check_malformed(cat("PROXY TCP6 ", address, " ::1 40000 25\r\n"));
  }
  check_malformed("PROXY TCP4 192.0.2.5\0 192.0.2.1 40000 25\r\n"s);
}

TEST(ProxyHeader, RefusesWhatIsNoPort) {
  for (const char* port : {"65536", "99999999999", "025", "00", "-1", "+25", "2a", "0x19", ""}) {
    check_malformed(cat("PROXY TCP4 192.0.2.5 192.0.2.1 ", port, " 25\r\n"));
    check_malformed(cat("PROXY TCP4 192.0.2.5 192.0.2.1 40000 ", port, "\r\n"));
  }
}

// ---- Both versions

TEST(ProxyHeader, TheFirstOctetThatCannotBelongToAHeaderEndsIt) {
  for (const char* input : {"E", "Pr", "p", "PROXY\t", "PROXY X", "PROXY TCP5", "PROXY TCP4\r",
                            "PROXY t", "PROXY UNKNOWn", "\n", "\r\r", "\r\n\r\nQ", "\x16"}) {
    check_malformed(input);
  }
  check_read("malformed, left 20", "EHLO client.example\r\n");
}

TEST(ProxyHeader, WithoutItsEndThereIsMoreToCome) {
  check_read("more", "");
  for (const std::string& header :
       {"PROXY TCP4 192.0.2.5 192.0.2.1 40000 25\r\n"s, "PROXY UNKNOWN\r\n"s, binary(local, ""),
        binary(tcp6, tcp6_addresses + tlv(4, "12"))}) {
    for (std::size_t octets = 0; octets < header.size(); ++octets) {
      STRCMP_EQUAL("more", read({std::string_view(header).substr(0, octets)}).c_str());
    }
  }
}

TEST(ProxyHeader, WhatIsDoneStaysSo) {
  ProxyReader reader;
  CHECK(reader.read("PROXY UNKNOWN\r\n").status == Status::done);
  const ProxyReader::Step again = reader.read("PROXY TCP4 192.0.2.5 192.0.2.1 40000 25\r\n");
  CHECK(again.status == Status::done);
  LONGS_EQUAL(0, again.consumed);
  CHECK(!reader.header().client);
}

TEST(ProxyHeader, WhatIsMalformedStaysSo) {
  ProxyReader reader;
  CHECK(reader.read("EHLO a\r\n").status == Status::malformed);
  const ProxyReader::Step again = reader.read("PROXY UNKNOWN\r\n");
  CHECK(again.status == Status::malformed);
  LONGS_EQUAL(0, again.consumed);
}

// ---- PROXY protocol 2.2

TEST(ProxyHeader, ABinaryHeaderNamesTheClient) {
  check_read("192.0.2.5 port 40000, left 0", binary(tcp4, tcp4_addresses));
  check_read("2001:db8::5 port 40000, left 0", binary(tcp6, tcp6_addresses));
  check_read("255.255.255.255 port 65535, left 0", binary(tcp4, std::string(12, '\xff')));
}

TEST(ProxyHeader, AProxyMaySpeakForItself) {
  check_read("the proxy's own, left 0", binary(local, ""));
  check_read("the proxy's own, left 4", binary(local, "") + "QUIT");
}

TEST(ProxyHeader, WhatFollowsLocalIsSkippedUnseen) {
  check_read("the proxy's own, left 0", binary("\x20\x11", tcp4_addresses));
  check_read("the proxy's own, left 0", binary("\x20\xff", "anything"));
}

TEST(ProxyHeader, OtherThanIpTheAddressIsNotOurs) {
  check_read("the proxy's own, left 0", binary(unspecified, ""));
  check_read("the proxy's own, left 0", binary(unspecified, tlv('\xe0', "\0\x0b\5\x80"s)));
  check_read("the proxy's own, left 0", binary(unix_stream, std::string(216, '/')));
  check_read("the proxy's own, left 0", binary(unix_stream, std::string(216, '\0') + tlv(4, "")));
}

TEST(ProxyHeader, ATlvOfOursNamesAPeerOnAppleTalk) {
  check_read("appletalk:11.5.128 port 0, left 0",
             binary(unspecified, tlv('\xe1', "\0\x0b\5\x80"s)));
  check_read("appletalk:65535.255.255 port 0, left 1",
             binary(unspecified, tlv(4, "x") + tlv('\xe1', "\xff\xff\xff\xff")) + "!");
}

TEST(ProxyHeader, ATlvOfThatTypeThatIsNotOursSaysNothing) {
  for (const std::string& value : {""s, "\0\x0b\5"s, "\0\x0b\5\x80\0"s}) {
    check_read("the proxy's own, left 0", binary(unspecified, tlv('\xe1', value)));
  }
  check_read("192.0.2.5 port 40000, left 0",
             binary(tcp4, tcp4_addresses + tlv('\xe1', "\0\x0b\5\x80"s)));
  check_read("the proxy's own, left 0",
             binary(unix_stream, std::string(216, '\0') + tlv('\xe1', "\0\x0b\5\x80"s)));
}

TEST(ProxyHeader, OnlyVersion2AndItsTwoCommandsAreKnown) {
  for (int octet = 0; octet < 256; ++octet) {
    if (octet == 0x20 || octet == 0x21) continue;
    check_malformed(signature + static_cast<char>(octet));
  }
}

TEST(ProxyHeader, OnlyStreamsAreProxied) {
  for (int octet = 0; octet < 256; ++octet) {
    if (octet == 0x00 || octet == 0x11 || octet == 0x21 || octet == 0x31) continue;
    check_malformed(signature + '\x21' + static_cast<char>(octet));
  }
}

TEST(ProxyHeader, TheLengthHasRoomForTheAddresses) {
  check_malformed(signature + tcp4 + two_octets(11));
  check_malformed(signature + tcp6 + two_octets(35));
  check_malformed(signature + unix_stream + two_octets(215));
}

TEST(ProxyHeader, NoMoreThan1024OctetsFollow) {
  check_read("192.0.2.5 port 40000, left 0",
             binary(tcp4, tcp4_addresses + tlv(4, std::string(1024 - 12 - 3, '\0'))));
  check_malformed(signature + tcp4 + two_octets(1025));
  check_malformed(signature + local + two_octets(1025));
  check_malformed(signature + local + two_octets(65535));
}

TEST(ProxyHeader, TlvsAreSkipped) {
  check_read(
      "192.0.2.5 port 40000, left 1",
      binary(tcp4, tcp4_addresses + tlv(1, "smtp") + tlv('\x20', "") + tlv('\xff', "x")) + "!");
}

TEST(ProxyHeader, TlvsFillTheHeaderExactly) {
  const std::string whole = tlv(1, "smtp") + tlv(2, "");
  for (std::size_t octets = 0; octets < whole.size(); ++octets) {
    const bool is_between = octets == 0 || octets == tlv(1, "smtp").size();
    const std::string header = binary(tcp4, tcp4_addresses + whole.substr(0, octets));
    check_read(is_between ? "192.0.2.5 port 40000, left 0" : "malformed, left 0", header);
  }
  check_malformed(binary(unspecified, "ab"));
  check_malformed(binary(unspecified, "\4\xff\xff!"));
}

// PROXY protocol 2.2.3; the sums were not computed by the code under test.
TEST(ProxyHeader, AChecksumIsVerified) {
  const std::string right = binary(tcp4, tcp4_addresses + tlv(3, "\x71\xd5\x8b\x5f"));
  check_read("192.0.2.5 port 40000, left 0", right);
  const std::size_t type_at = right.size() - 7;  // another type, and there is no checksum
  for (std::size_t i = signature.size() + 4; i < right.size(); ++i) {
    if (i == type_at) continue;
    std::string wrong = right;
    wrong[i] = static_cast<char>(wrong[i] ^ 0x10);
    check_malformed(wrong);
  }
}

TEST(ProxyHeader, AChecksumMayStandAmongOthers) {
  const std::string sum = "\x75\x88\x72\x59";
  const std::string others = tlv(4, "\0\0\0\0"s);
  check_read("2001:db8::5 port 40000, left 0",
             binary(tcp6, tcp6_addresses + tlv(1, "smtp") + tlv(3, sum) + others));
  check_malformed(binary(tcp6, tcp6_addresses + tlv(1, "imap") + tlv(3, sum) + others));
  check_read("the proxy's own, left 0", binary(unspecified, tlv(3, "\x3e\xc9\x89\x4e")));
}

TEST(ProxyHeader, AChecksumIsOneOfFourOctets) {
  const std::string sum(4, '\0');
  check_malformed(binary(unspecified, tlv(3, "")));
  check_malformed(binary(unspecified, tlv(3, "\0\0\0"s)));
  check_malformed(binary(unspecified, tlv(3, "\0\0\0\0\0"s)));
  check_malformed(binary(unspecified, tlv(3, sum) + tlv(3, sum)));
}
