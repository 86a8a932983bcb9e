// SPDX-License-Identifier: ISC
//
// t/unit/gateway_board_test.cpp - what the gateway lets others see of itself.

#include "gateway/board.h"

#include <unistd.h>

#include "control/appletalk_text.h"

#include <CppUTest/TestHarness.h>

using namespace postern;
using gateway::Board;
using gateway::Sight;
using gateway::Totals;

TEST_GROUP(GatewayBoard) {
  Board board;

  void show(const Sight& sight) {
    board.write(sight);
    board.add(sight.totals);
  }

  static Sight example() {
    Sight sight;
    sight.is_there = true;
    sight.net = 2;
    sight.node = 15;
    sight.router = 254;
    sight.zone = "Office";
    sight.names = {{"Postern:SMTPServer@*", "registered"}, {"Postern:POP3@*", "taken"}};
    sight.services = {{"macs", 3, 8}};
    sight.totals = {.opened = 7,
                    .denied = 1,
                    .retransmissions = 20,
                    .octets_in = 1000,
                    .octets_out = 300,
                    .dropped = 4,
                    .lookups_unanswered = 2};
    return sight;
  }
};

TEST(GatewayBoard, IsEmptyBeforeTheFirstGateway) {
  const Sight sight = board.read();
  CHECK_FALSE(sight.is_there);
  CHECK(sight.names.empty() && sight.services.empty());
  STRCMP_EQUAL("appletalk does not run\n", control::plain_text(sight).c_str());
}

TEST(GatewayBoard, ShowsToOtherProcessesWhatWasWritten) {
  show(example());
  const Board other{UniqueFd{::dup(board.fd())}};
  STRCMP_EQUAL(
      "appletalk net 2, node 15, router 254, zone Office; 3 connected, 7 opened, 1 denied, "
      "20 packets sent again, 2 look-ups unanswered\n\n"
      "APPLETALK NAME        STATE\n"
      "Postern:SMTPServer@*  registered\n"
      "Postern:POP3@*        taken\n",
      control::plain_text(other.read()).c_str());
  LONGS_EQUAL(15, other.node());
}

TEST(GatewayBoard, TellsPrograms) {
  show(example());
  STRCMP_EQUAL(
      R"({"net":2,"node":15,"router":254,"zone":"Office","names":[)"
      R"({"name":"Postern:SMTPServer@*","state":"registered"},)"
      R"({"name":"Postern:POP3@*","state":"taken"}],)"
      R"("services":[{"to":"macs","channels":3,"limit":8}],"connections_opened":7,)"
      R"("connections_denied":1,"retransmissions":20,"received_bytes":1000,"sent_bytes":300,)"
      R"("dropped":4,"lookups_unanswered":2})",
      control::json_text(board.read()).c_str());
  STRCMP_CONTAINS("\npostern_appletalk_connections_denied_total 1\n",
                  control::metrics_text(board.read()).c_str());
  STRCMP_CONTAINS("\npostern_appletalk_name{name=\"Postern:POP3@*\",state=\"taken\"} 1\n",
                  control::metrics_text(board.read()).c_str());
  STRCMP_CONTAINS("\npostern_appletalk_info{net=\"2\",router=\"254\",zone=\"Office\"} 1\n",
                  control::metrics_text(board.read()).c_str());
  STRCMP_CONTAINS("\npostern_appletalk_channels 3\n", control::metrics_text(board.read()).c_str());
}

TEST(GatewayBoard, WhatIsNoLongerThereIsTakenOff) {
  show(example());
  Sight less = example();
  less.names.pop_back();
  less.services.clear();
  show(less);
  LONGS_EQUAL(1, board.read().names.size());
  CHECK(board.read().services.empty());
}

TEST(GatewayBoard, TheTotalsAreOfAllGateways) {
  show(example());
  show(example());
  LONGS_EQUAL(14, board.read().totals.opened);
  LONGS_EQUAL(600, board.read().totals.octets_out);
}

TEST(GatewayBoard, WhatWasToldIsNotToldAgain) {
  Totals later = example().totals;
  later.opened += 5;
  LONGS_EQUAL(5, later.since(example().totals).opened);
  LONGS_EQUAL(0, later.since(example().totals).octets_in);
}

TEST(GatewayBoard, MoreThanFitsIsCut) {
  Sight sight = example();
  sight.names.assign(100, {std::string(300, 'x'), "registered"});
  show(sight);
  LONGS_EQUAL(Board::most_names, board.read().names.size());
  LONGS_EQUAL(127, board.read().names.front().name.size());
}
