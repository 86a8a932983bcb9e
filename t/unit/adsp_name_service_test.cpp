// SPDX-License-Identifier: ISC
//
// t/unit/adsp_name_service_test.cpp - names of stations on a cable.

#include "adsp/name_service.h"

#include <chrono>
#include <string>

#include "adsp_cable.h"
#include "adsp_octets.h"
#include "base/text.h"

#include <CppUTest/TestHarness.h>

using namespace std::chrono_literals;
using namespace postern;
using namespace postern::adsp;
using postern::test::Cable;
using postern::test::hex;
using postern::test::only;

TEST_GROUP(AdspNameService) {
  Cable cable;
  Node* ours = nullptr;

  void setup() override {
    ours = &cable.start({.hint = 130, .zone = "*"});
    cable.run(2s);  // until it asks for routers no more
    ours->take_events();
    cable.frames.clear();
  }

  void register_name(const NbpName& name, std::uint8_t socket) {
    CHECK(ours->add_name(name, socket).has_value());
    cable.run(4s);
    LONGS_EQUAL(1, static_cast<long>(only<NameRegistered>(ours->take_events()).size()));
    cable.frames.clear();
  }

  // The NBP packets to or from node 9, socket 200.
  void ask(NbpFunction function, const NbpName& pattern, const Address& reply_to = {0, 9, 200}) {
    const std::string packet = format(NbpPacket{function, 77, {{reply_to, 0, pattern}}});
    const std::string ddp = format_short_ddp({{0, 0, 2}, {0, 9, 200}, 0, 2, packet});
    cable.send(format(LlapFrame{9, broadcast_node, 9, LlapType::ddp_short, ddp}));
  }
  NbpPacket answer(std::size_t back = 0) {
    const std::string& frame = cable.frames.at(cable.frames.size() - 1 - back);
    return parse_nbp_packet(std::string_view(frame).substr(7 + 5)).value_or(NbpPacket{});
  }
  void hear_router() {
    const std::string ddp =
        format_short_ddp({{0, 0, 1}, {0, 254, 1}, 0, 1, std::string_view("\0\3\x08\xfe", 4)});
    cable.send(format(LlapFrame{9, broadcast_node, 254, LlapType::ddp_short, ddp}));
  }
};

TEST(AdspNameService, LooksThreeTimesBeforeItTakesAName) {
  ours->add_name({"Postern", "SMTPServer"}, 140);
  cable.run(2999ms);
  CHECK(only<NameRegistered>(ours->take_events()).empty());
  LONGS_EQUAL(3, static_cast<long>(cable.frames.size()));
  for (std::size_t i = 0; i < 3; ++i) {
    CHECK(cable.frames[i].substr(4, 3) == hex("ff 82 01"));
    CHECK(answer(i).function == NbpFunction::lookup);
    CHECK((answer(i).tuples ==
           std::vector<NbpTuple>{{{0, 130, 253}, 0, {"Postern", "SMTPServer", "*"}}}));
  }
  cable.run(1ms);
  LONGS_EQUAL(1, static_cast<long>(only<NameRegistered>(ours->take_events()).size()));
}

TEST(AdspNameService, AsksARouterIfThereIsOne) {
  hear_router();
  ours->add_name({"Postern", "SMTPServer"}, 140);
  cable.run(1ms);
  CHECK(cable.frames.back().substr(4, 3) == hex("fe 82 01"));
  CHECK(answer().function == NbpFunction::broadcast_request);
  CHECK((answer().tuples[0].address == Address{3, 130, 253}));
}

TEST(AdspNameService, DoesNotTakeANameThatSomebodyHas) {
  register_name({"Postern", "SMTPServer"}, 140);
  Node& second = cable.start();
  second.take_events();
  second.add_name({"POSTERN", "smtpserver"}, 150);
  second.add_name({"Postern 2", "SMTPServer"}, 150);
  cable.run(4s);
  const auto events = second.take_events();
  const auto taken = only<NameTaken>(events);
  LONGS_EQUAL(1, static_cast<long>(taken.size()));
  CHECK((taken[0].by == Address{0, 130, 140}));
  STRCMP_EQUAL("Postern 2", only<NameRegistered>(events).at(0).name.object.c_str());
  CHECK(second.names().names()[0].state == NameService::State::taken);
}

TEST(AdspNameService, TellsOnceThatSomebodyHasItsName) {
  register_name({"Postern", "SMTPServer"}, 140);
  Node& second = cable.start();
  second.add_name({"Postern", "SMTPServer"}, 150);
  cable.run(10min);
  LONGS_EQUAL(1, static_cast<long>(only<NameTaken>(second.take_events()).size()));
  CHECK(second.names().names()[0].state != NameService::State::registered);
}

TEST(AdspNameService, TakesTheNameOnceItIsFree) {
  register_name({"Postern", "SMTPServer"}, 140);
  Node& second = cable.start();
  second.add_name({"Postern", "SMTPServer"}, 150);
  cable.run(4s);
  ours->remove_name({"Postern", "SMTPServer"});
  cable.run(50s);
  CHECK(only<NameRegistered>(second.take_events()).empty());
  cable.run(20s);
  LONGS_EQUAL(1, static_cast<long>(only<NameRegistered>(second.take_events()).size()));
}

// A router may still send round what a program before this one was called, with the same number.
TEST(AdspNameService, TakesANameThatOnlyItsOwnAddressHas) {
  ours->add_name({"Postern", "SMTPServer"}, 140);
  cable.run(1ms);
  const NbpPacket reply{
      NbpFunction::lookup_reply, answer().id, {{{0, 130, 150}, 1, {"Postern", "SMTPServer"}}}};
  const std::string ddp = format_short_ddp({{0, 0, 253}, {0, 9, 2}, 0, 2, format(reply)});
  cable.send(format(LlapFrame{9, 130, 9, LlapType::ddp_short, ddp}));
  cable.run(4s);
  LONGS_EQUAL(1, static_cast<long>(only<NameRegistered>(ours->take_events()).size()));
}

TEST(AdspNameService, IsSilentWhenARouterSendsItsOwnQuestionsRound) {
  register_name({"Postern", "SMTPServer"}, 140);
  ask(NbpFunction::lookup, {"=", "="}, {0, 130, 253});
  ask(NbpFunction::lookup, {"x", "y"}, {0, 130, 253});
  LONGS_EQUAL(2, static_cast<long>(cable.frames.size()));
  CHECK(ours->take_events().empty());
}

TEST(AdspNameService, AnswersToWhoAsks) {
  register_name({"Postern", "SMTPServer"}, 140);
  for (const NbpFunction function : {NbpFunction::lookup, NbpFunction::broadcast_request}) {
    ask(function, {"postern", "="}, {0, 10, 201});
    CHECK(cable.frames.back().substr(4) == hex("0a 82 01 0021 c9 02 02 31 4d 0000 82 8c 01 07") +
                                               "Postern" + '\x0a' + "SMTPServer" + hex("01 2a"));
  }
}

TEST(AdspNameService, AnswersWithTheNumberOfItsNetwork) {
  register_name({"Postern", "SMTPServer"}, 140);
  hear_router();
  ask(NbpFunction::lookup, {"=", "SMTPServer"});
  CHECK((answer().tuples.at(0).address == Address{3, 130, 140}));
}

TEST(AdspNameService, GivesEachNameAnEnumerator) {
  register_name({"Postern", "SMTPServer"}, 140);
  register_name({"Postern", "MailServer"}, 140);
  ask(NbpFunction::lookup, {"Postern", "="});
  const auto tuples = answer().tuples;
  LONGS_EQUAL(2, static_cast<long>(tuples.size()));
  CHECK(tuples[0].enumerator != tuples[1].enumerator);
}

TEST(AdspNameService, AnswersWithAsManyPacketsAsTheNamesNeed) {
  for (int i = 0; i < 40; ++i) {
    ours->add_name({cat(std::string(30, 'x'), two_digits(i)), "SMTPServer"}, 140);
  }
  cable.run(4s);
  cable.frames.clear();
  ask(NbpFunction::lookup, {"=", "="});
  std::size_t tuples = 0;
  for (std::size_t i = 1; i < cable.frames.size(); ++i) {
    const auto packet = answer(i - 1);
    CHECK(packet.tuples.size() <= 15 && cable.frames[i].size() <= 7 + 5 + 586);
    tuples += packet.tuples.size();
  }
  UNSIGNED_LONGS_EQUAL(40, tuples);
}

TEST(AdspNameService, AnswersSoManyASecond) {
  register_name({"Postern", "SMTPServer"}, 140);
  for (int i = 0; i < 500; ++i) ask(NbpFunction::lookup, {"=", "="});
  LONGS_EQUAL(500 + 50, static_cast<long>(cable.frames.size()));
}

TEST(AdspNameService, AnswersInItsZoneOnlyIfItHasOne) {
  ours = &cable.start({.hint = 131, .zone = "Attic"});
  ours->take_events();
  register_name({"Postern", "SMTPServer"}, 140);
  ask(NbpFunction::lookup, {"=", "=", "Cellar"});
  LONGS_EQUAL(1, static_cast<long>(cable.frames.size()));
  ask(NbpFunction::lookup, {"=", "=", "attic"});
  ask(NbpFunction::lookup, {"=", "=", "*"});
  LONGS_EQUAL(5, static_cast<long>(cable.frames.size()));
}

TEST(AdspNameService, TellsOnceWhatItDoesNotHave) {
  register_name({"Postern", "SMTPServer"}, 140);
  for (int i = 0; i < 10; ++i) ask(NbpFunction::lookup, {"Postern", "MailServer", "Attic"});
  ask(NbpFunction::lookup, {"Postern", "MailServer", "Attic"}, {0, 10, 200});
  const auto events = only<LookupUnanswered>(ours->take_events());
  LONGS_EQUAL(2, static_cast<long>(events.size()));
  STRCMP_EQUAL("Postern:MailServer@Attic", events[0].name.to_string().c_str());
  LONGS_EQUAL(9, events[0].node);
  LONGS_EQUAL(10, events[1].node);
  LONGS_EQUAL(10, static_cast<long>(ours->names().unanswered().kept()[0].times));
}

TEST(AdspNameService, KeepsSoManyUnansweredUntilADayAfterTheLast) {
  const auto flood = [&](char type) {
    for (int i = 0; i < 1000; ++i) ask(NbpFunction::lookup, {cat("x", i), std::string(1, type)});
    return only<LookupUnanswered>(ours->take_events()).size();
  };
  UNSIGNED_LONGS_EQUAL(256, flood('a'));
  UNSIGNED_LONGS_EQUAL(0, flood('a'));
  UNSIGNED_LONGS_EQUAL(256, ours->names().unanswered().kept().size());
  UNSIGNED_LONGS_EQUAL(2 * 744, ours->names().unanswered().not_kept());
  cable.run(24h);
  UNSIGNED_LONGS_EQUAL(256, flood('b'));
  UNSIGNED_LONGS_EQUAL(3000, ours->names().unanswered().total());
}

TEST(AdspNameService, FindsTheNamesOfAllAndItsOwn) {
  register_name({"Postern", "SMTPServer"}, 140);
  Node& second = cable.start();
  second.add_name({"Printer", "LaserWriter"}, 150);
  cable.run(4s);
  const auto id = ours->lookup({"=", "="}, cable.now);
  cable.run(2999ms);
  CHECK(only<LookupDone>(ours->take_events()).empty());
  cable.run(1ms);
  const auto done = only<LookupDone>(ours->take_events());
  LONGS_EQUAL(1, static_cast<long>(done.size()));
  UNSIGNED_LONGS_EQUAL(*id, done[0].id);
  LONGS_EQUAL(2, static_cast<long>(done[0].found.size()));
  STRCMP_EQUAL("Postern:SMTPServer@*", done[0].found[0].name.to_string().c_str());
  STRCMP_EQUAL("Printer:LaserWriter@*", done[0].found[1].name.to_string().c_str());
}

TEST(AdspNameService, LooksUpAFewAtATime) {
  for (int i = 0; i < 4; ++i) CHECK(ours->lookup({"=", "="}, cable.now).has_value());
  CHECK(ours->lookup({"=", "="}, cable.now).error().code == Errc::limit);
  cable.run(3s);
  CHECK(ours->lookup({"=", "="}, cable.now).has_value());
}

TEST(AdspNameService, KeepsSoManyAnswers) {
  ours->lookup({"x\xc5", "="}, cable.now);
  const std::uint8_t id = answer().id;
  for (int i = 0; i < 1000; ++i) {
    const NbpPacket reply{NbpFunction::lookup_reply, id, {{{0, 9, 200}, 1, {cat('x', i), "t"}}}};
    const std::string ddp = format_short_ddp({{0, 0, 253}, {0, 9, 2}, 0, 2, format(reply)});
    cable.send(format(LlapFrame{9, 130, 9, LlapType::ddp_short, ddp}));
  }
  cable.run(3s);
  UNSIGNED_LONGS_EQUAL(256, only<LookupDone>(ours->take_events()).at(0).found.size());
}

TEST(AdspNameService, RefusesWhatNothingCanBeCalled) {
  CHECK(ours->add_name({"=", "t"}, 140).error().code == Errc::syntax);
  CHECK(ours->add_name({"", "t"}, 140).error().code == Errc::syntax);
  for (int i = 0; i < 64; ++i) CHECK(ours->add_name({cat(i), "t"}, 140).has_value());
  CHECK(ours->add_name({"64", "t"}, 140).error().code == Errc::limit);
  CHECK(ours->add_name({"63", "t"}, 140).has_value());
}
