// SPDX-License-Identifier: ISC
//
// t/unit/server_flusher_protocol_test.cpp - requests and answers survive the way.

#include "server/flusher_protocol.h"

#include <cerrno>
#include <string>

// CppUTest's headers come last: they redefine new.
#include <CppUTest/TestHarness.h>

using namespace postern;
using namespace postern::server;

TEST_GROUP(FlusherProtocol){};

TEST(FlusherProtocol, RequestsSurvive) {
  const auto sync = parse_flush_request(sync_request());
  CHECK(sync && !sync->checkpoint);
  const spool::Flusher::HeaderBlock block{4096, std::string(4096, '\xa5')};
  const std::string packet = checkpoint_request(block);
  CHECK(packet.size() <= max_flush_request);
  const auto checkpoint = parse_flush_request(packet);
  CHECK(checkpoint && checkpoint->checkpoint);
  CHECK(checkpoint->checkpoint->offset == block.offset);
  CHECK(checkpoint->checkpoint->octets == block.octets);
}

// A cut one is none, or its octets are fewer: packets come whole, so nothing more is asked.
TEST(FlusherProtocol, KnowsWhatIsNoRequest) {
  for (const char* packet : {"", "x", "j", "sx", "c", "c1234567", "c12345678"}) {
    CHECK_TEXT(!parse_flush_request(packet), packet);
  }
  CHECK(parse_flush_request("c123456789").has_value());
}

TEST(FlusherProtocol, AnswersSurvive) {
  for (const FlushStep step :
       {FlushStep::none, FlushStep::sync_journal, FlushStep::sync_spool, FlushStep::write_header}) {
    const auto answer = parse_flush_answer(format_flush_answer({step, EIO}));
    CHECK(answer && answer->failed == step && answer->sys_errno == EIO);
    CHECK_EQUAL(step == FlushStep::none, answer->result().has_value());
  }
  const auto failed = FlushAnswer{FlushStep::sync_journal, EIO}.result();
  STRCMP_EQUAL("fdatasync of the journal: Input/output error", failed.error().message().c_str());
}

TEST(FlusherProtocol, RefusesAnAnswerCutAnywhere) {
  const std::string packet = format_flush_answer({FlushStep::sync_spool, ENOSPC});
  for (std::size_t length = 0; length < packet.size(); ++length) {
    CHECK(!parse_flush_answer(packet.substr(0, length)));
  }
  CHECK(!parse_flush_answer(packet + "x"));
  CHECK(!parse_flush_answer("\x04" + packet.substr(1)));
}
