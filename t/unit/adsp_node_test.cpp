// SPDX-License-Identifier: ISC
//
// t/unit/adsp_node_test.cpp - a station among others on a cable.

#include "adsp/node.h"

#include <chrono>
#include <set>
#include <string>

#include "adsp_cable.h"
#include "adsp_octets.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern::adsp;
using postern::test::Cable;
using postern::test::hex;
using postern::test::only;

namespace {

const std::string stranger = hex("99999999");

std::string enquiry(std::uint8_t node) {
  return format(LlapFrame{0x99999999, node, node, LlapType::enquiry, {}});
}
std::string acknowledgement(std::uint8_t node) {
  return format(LlapFrame{0x99999999, node, node, LlapType::acknowledgement, {}});
}

// From node 9 of network 0.
std::string short_frame(std::uint8_t to, std::uint8_t socket, std::uint8_t type,
                        std::string_view octets) {
  const std::string packet = format_short_ddp({{0, to, socket}, {0, 9, 200}, 0, type, octets});
  return format(LlapFrame{0x99999999, to, 9, LlapType::ddp_short, packet});
}

// From 5.77.200, by way of the router.
std::string routed_frame(std::uint8_t router, const Address& to, std::uint8_t type,
                         std::string_view octets) {
  const std::string packet = format_long_ddp({to, {5, 77, 200}, 1, type, octets});
  return format(LlapFrame{0x99999999, to.node, router, LlapType::ddp_long, packet});
}

// What a router sends every ten seconds.
std::string router_frame(std::string_view octets) {
  return short_frame(broadcast_node, ddp_socket::rtmp, ddp_type::rtmp, octets);
}

}  // namespace

TEST_GROUP(AdspNode) {
  Cable cable;
  const std::string router = router_frame({"\x00\x03\x08\xfe and routes", 15});

  std::string last() const {
    return cable.frames.back();
  }
  std::uint64_t drops(const Node& node, Drop drop) const {
    return node.tally().drops.of(drop);
  }
};

TEST(AdspNode, AsksEightTimesBeforeItHasANumber) {
  Node& node = cable.add({.hint = 130, .zone = "*"});
  node.start(cable.now);
  cable.run(1599ms);
  CHECK(!node.place());
  LONGS_EQUAL(8, static_cast<long>(cable.frames.size()));
  for (const std::string& frame : cable.frames) CHECK(frame.substr(4) == hex("82 82 81"));
  cable.run(1ms);
  CHECK(node.place() && node.place()->node == 130);
  LONGS_EQUAL(130, only<AddressAcquired>(node.take_events()).at(0).node);
}

TEST(AdspNode, HasANumberOfServersWithoutAHint) {
  std::set<int> numbers;
  for (int i = 0; i < 50; ++i) {
    const Node& node = cable.start();
    cable.run(10s);
    CHECK(node.place() && node.place()->node >= 128 && node.place()->node < 254);
    CHECK(numbers.insert(node.place()->node).second);
  }
}

TEST(AdspNode, TakesAnotherNumberIfSomebodyHasIt) {
  const Node& first = cable.start({.hint = 130, .zone = "*"});
  Node& second = cable.start({.hint = 130, .zone = "*"});
  cable.run(2s);
  LONGS_EQUAL(130, first.place()->node);
  CHECK(second.place() && second.place()->node != 130);
  LONGS_EQUAL(130, only<AddressTaken>(second.take_events()).at(0).node);
}

TEST(AdspNode, TakesAnotherNumberIfSomebodyElseTriesIt) {
  Node& node = cable.add({.hint = 130, .zone = "*"});
  node.start(cable.now);
  cable.run(1500ms);
  cable.send(enquiry(130));
  cable.run(2s);
  CHECK(node.place() && node.place()->node != 130);
}

TEST(AdspNode, TakesAnotherNumberIfSomebodySpeaksAsIt) {
  Node& node = cable.add({.hint = 9, .zone = "*"});
  node.start(cable.now);
  cable.send(short_frame(broadcast_node, 2, 2, ""));
  cable.run(2s);
  CHECK(node.place() && node.place()->node != 9);
}

TEST(AdspNode, EndsWithTwoNumbersWhenTwoTryOneAtOnce) {
  for (unsigned seed = 0; seed < 100; ++seed) {
    Cable other;
    other.random.seed(seed);
    Node& first = other.add({.hint = 130, .zone = "*"});
    Node& second = other.add({.hint = 130, .zone = "*"});
    first.start(other.now);
    second.start(other.now);
    other.run(10s);
    CHECK(first.place() && second.place() && first.place()->node != second.place()->node);
  }
}

TEST(AdspNode, DefendsItsNumberForGood) {
  const Node& node = cable.start({.hint = 130, .zone = "*"});
  cable.run(std::chrono::hours{24});
  cable.send(enquiry(130));
  CHECK(last().substr(4) == hex("82 82 82"));
  LONGS_EQUAL(130, node.place()->node);
}

TEST(AdspNode, FindsANumberThoughHalfIsLost) {
  int count = 0;
  cable.loses = [&](const std::string&) { return ++count % 4 < 2; };
  cable.start({.hint = 130, .zone = "*"});
  const Node& second = cable.start({.hint = 130, .zone = "*"});
  cable.run(3s);
  CHECK(second.place() && second.place()->node != 130);
}

TEST(AdspNode, SendsNoFasterHoweverManyObjectionsThereAre) {
  Node& node = cable.add();
  node.start(cable.now);
  std::size_t own = 0;
  for (int i = 0; i < 1000; ++i) {
    for (std::uint8_t number = 128; number < 254; ++number) cable.send(acknowledgement(number));
    own += 126;
    cable.run(10ms);
  }
  CHECK(!node.place());
  CHECK(cable.frames.size() - own <= 51);
  CHECK(!only<NoAddressFree>(node.take_events()).empty());
  cable.run(30s);
  CHECK(node.place().has_value());
}

TEST(AdspNode, SaysThatAnotherHasItsNumber) {
  Node& node = cable.start({.hint = 9, .zone = "*"});
  node.take_events();
  for (int i = 0; i < 10; ++i) cable.send(short_frame(9, 2, 2, ""));
  const auto events = only<AddressContested>(node.take_events());
  LONGS_EQUAL(1, static_cast<long>(events.size()));
  UNSIGNED_LONGS_EQUAL(0x99999999, events[0].sender);
  LONGS_EQUAL(9, node.place()->node);
}

TEST(AdspNode, SaysThatAnotherDefendsItsNumber) {
  Node& node = cable.start({.hint = 130, .zone = "*"});
  cable.send(acknowledgement(130));
  LONGS_EQUAL(1, static_cast<long>(only<AddressContested>(node.take_events()).size()));
}

TEST(AdspNode, TellsOfSoManyNetworksASecond) {
  Node& node = cable.start();
  for (char net = 1; net < 100; ++net) {
    cable.send(router_frame(std::string{'\0', net, '\x08', '\xfe'}));
  }
  LONGS_EQUAL(99, node.place()->net);
  LONGS_EQUAL(1, static_cast<long>(only<RouterFound>(node.take_events()).size()));
}

TEST(AdspNode, AsksForARouterAndLearnsItsNetwork) {
  Node& node = cable.start({.hint = 130, .zone = "*"});
  CHECK(last().substr(4) == hex("ff 82 01 0006 01 01 05 01"));
  LONGS_EQUAL(0, node.place()->net);
  cable.send(router);
  LONGS_EQUAL(3, node.place()->net);
  LONGS_EQUAL(254, *node.place()->router);
  const std::size_t sent = cable.frames.size();
  cable.run(10s);
  UNSIGNED_LONGS_EQUAL(sent, cable.frames.size());
  const auto events = only<RouterFound>(node.take_events());
  CHECK(events.size() == 1 && events[0].net == 3 && events[0].router == 254);
}

TEST(AdspNode, AsksForARouterThreeTimes) {
  cable.start();
  cable.run(1min);
  LONGS_EQUAL(8 + 3, static_cast<long>(cable.frames.size()));
}

TEST(AdspNode, ForgetsARouterThatIsSilentButNotTheNetwork) {
  Node& node = cable.start();
  cable.send(router);
  cable.run(49s);
  CHECK(node.place()->router.has_value());
  cable.run(1s);
  CHECK(!node.place()->router.has_value());
  LONGS_EQUAL(3, node.place()->net);
  LONGS_EQUAL(1, static_cast<long>(only<RouterLost>(node.take_events()).size()));
}

TEST(AdspNode, BelievesNoRouterThatMakesNoSense) {
  Node& node = cable.start();
  for (const char* octets : {"", "0003", "0003 08", "0003 10 00fe", "0000 08 fe", "0003 08 00"}) {
    cable.send(short_frame(broadcast_node, 1, 1, hex(octets)));
  }
  LONGS_EQUAL(0, node.place()->net);
  LONGS_EQUAL(6, static_cast<long>(drops(node, Drop::rtmp_malformed)));
}

TEST(AdspNode, EchoesToNeighboursAndThroughRouters) {
  cable.start({.hint = 130, .zone = "*"});
  cable.send(router);
  cable.send(short_frame(130, 4, 4, "\x01hello"));
  CHECK(last().substr(4) == hex("09 82 01 000b c8 04 04 02") + "hello");
  cable.send(routed_frame(254, {3, 130, 4}, 4, "\x01hello"));
  CHECK(last().substr(4, 3) == hex("fe 82 02"));
  const std::string frame = last();
  const auto reply = parse_long_ddp(std::string_view(frame).substr(7));
  CHECK(reply && reply->octets == "\x02hello");
  CHECK((reply->destination == Address{5, 77, 200}));
  CHECK((reply->source == Address{3, 130, 4}));
}

TEST(AdspNode, AnswersByTheWayThatTheQuestionCame) {
  cable.start({.hint = 130, .zone = "*"});
  cable.send(router);
  cable.send(routed_frame(253, {3, 130, 4}, 4, "\x01hello"));
  CHECK(last().substr(4, 3) == hex("fd 82 02"));
}

TEST(AdspNode, EchoesSoManyASecond) {
  Node& node = cable.start({.hint = 130, .zone = "*"});
  const std::size_t before = cable.frames.size();
  for (int i = 0; i < 1000; ++i) cable.send(short_frame(130, 4, 4, "\x01"));
  LONGS_EQUAL(1000 + 100, static_cast<long>(cable.frames.size() - before));
  LONGS_EQUAL(900, static_cast<long>(drops(node, Drop::too_many)));
}

TEST(AdspNode, HandsOverStreamsWithTheNetworkFilledIn) {
  Node& node = cable.start({.hint = 130, .zone = "*"});
  std::vector<Address> sources;
  node.on_adsp([&](const DdpDatagram& datagram, Time) { sources.push_back(datagram.source); });
  cable.send(short_frame(130, 140, 7, "x"));
  cable.send(router);
  cable.send(short_frame(130, 140, 7, "x"));
  cable.send(routed_frame(254, {3, 130, 140}, 7, "x"));
  cable.send(routed_frame(254, {0, 130, 140}, 7, "x"));
  CHECK((sources == std::vector<Address>{{0, 9, 200}, {3, 9, 200}, {5, 77, 200}, {5, 77, 200}}));
}

TEST(AdspNode, CountsWhatItDoesNotUse) {
  Node& node = cable.start({.hint = 130, .zone = "*"});
  node.on_adsp([](const DdpDatagram&, Time) { FAIL("not for this"); });
  cable.send(router);
  cable.send("short");
  cable.send(short_frame(131, 140, 7, "x"));             // another station
  cable.send(routed_frame(254, {4, 130, 140}, 7, "x"));  // another network
  cable.send(short_frame(130, 100, 7, "x"));             // no socket for streams
  cable.send(short_frame(broadcast_node, 140, 7, "x"));  // a stream to everybody
  cable.send(short_frame(130, 140, 3, "x"));             // another type
  cable.send(short_frame(130, 4, 4, "\x02x"));           // an answer to nothing
  cable.send(format(LlapFrame{9, 130, 9, LlapType::ddp_short, hex("0002")}));
  std::string broken = routed_frame(254, {3, 130, 140}, 7, "x");
  broken.back() = 'y';
  cable.send(broken);
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::frame_malformed)));
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::frame_not_for_us)));
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::ddp_not_for_us)));
  LONGS_EQUAL(3, static_cast<long>(drops(node, Drop::no_such_socket)));
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::echo_malformed)));
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::ddp_malformed)));
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::ddp_bad_checksum)));
  LONGS_EQUAL(9, static_cast<long>(node.tally().drops.total()));
}

TEST(AdspNode, KnowsNoWayToOtherNetworksWithoutARouter) {
  Node& node = cable.start();
  cable.send(router);
  cable.run(1min);
  node.send({6, 1, 200}, 140, 7, "x", cable.now);
  LONGS_EQUAL(1, static_cast<long>(drops(node, Drop::no_route)));
}

// While the network has no number, a neighbour that says one is no router to it.
TEST(AdspNode, ReachesNeighboursThatSayTheNumberOfTheNetwork) {
  Node& node = cable.start();
  const std::string packet =
      format_long_ddp({{0, node.place()->node, 4}, {5, 9, 200}, 0, 4, "\x01"});
  cable.send(format(LlapFrame{9, node.place()->node, 9, LlapType::ddp_long, packet}));
  node.send({5, 50, 200}, 140, 7, "x", cable.now);
  LONGS_EQUAL(50, last()[4]);
}

TEST(AdspNode, IsSilentWithoutANumber) {
  Node& node = cable.add({.hint = 130, .zone = "*"});
  node.start(cable.now);
  node.send({0, 9, 200}, 140, 7, "x", cable.now);
  cable.send(short_frame(130, 4, 4, "\x01hello"));
  LONGS_EQUAL(2, static_cast<long>(drops(node, Drop::no_address_yet)));
  LONGS_EQUAL(2, static_cast<long>(cable.frames.size()));  // an enquiry, and the request itself
  CHECK(!node.lookup({"=", "="}, cable.now));
}

TEST(AdspNode, NeverAsksToBeWokenInVain) {
  Node& node = cable.add();
  CHECK(!node.deadline());
  node.start(cable.now);
  cable.run(2s);
  node.add_name({"Postern", "SMTPServer"}, 140);
  cable.run(std::chrono::hours{1});
  CHECK(!cable.stood_still());
  CHECK(!node.deadline());
}
