// SPDX-License-Identifier: ISC
//
// t/unit/spool_message_writer_test.cpp - one message on its way into tmp/.

#include "spool/message_writer.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <string_view>
#include <utility>

#include "captured_log.h"
#include "model_files.h"

#include <CppUTest/TestHarness.h>

using postern::spool::MessageWriter;
using postern::test::CapturedLog;
using postern::test::ModelFiles;

TEST_GROUP(SpoolMessageWriter) {
  const std::string path = "tmp/7.a.host";
  ModelFiles files;

  void setup() override {
    CHECK(files.make_directory("tmp").has_value());
  }

  MessageWriter writer() {
    auto created = MessageWriter::create(files, {7, "a", "host"});
    CHECK(created.has_value());
    return std::move(*created);
  }

  // The file that wire becomes when it comes in pieces of this size.
  std::string written(std::string_view wire, std::size_t piece) {
    MessageWriter writer = this->writer();
    for (std::size_t i = 0; i < wire.size(); i += piece) {
      CHECK(writer.append_text(wire.substr(i, piece)).has_value());
    }
    const auto message = std::move(writer).finish();
    CHECK(message.has_value());
    return files.content(path);
  }

  std::size_t appends() const {
    return static_cast<std::size_t>(
        std::count(files.steps().begin(), files.steps().end(), "append " + path));
  }

  std::size_t next_step() const {
    return files.steps().size() + 1;
  }
};

TEST(SpoolMessageWriter, TurnsCrlfIntoLfAtEverySplit) {
  const std::string_view wire = "Subject: x\r\n\r\nline\r\n\r\n.\r\nend\r\n";
  for (std::size_t piece = 1; piece <= wire.size(); ++piece) {
    STRCMP_EQUAL("Subject: x\n\nline\n\n.\nend\n", written(wire, piece).c_str());
  }
}

TEST(SpoolMessageWriter, KeepsOctetsAsTheyAre) {
  using std::string_view_literals::operator""sv;
  MessageWriter writer = this->writer();
  const std::string_view octets = "a\r\nb\rc\0d\xff"sv;
  CHECK(writer.append(octets).has_value());
  const auto message = std::move(writer).finish();
  CHECK(message.has_value());
  CHECK(files.content(path) == octets);
}

TEST(SpoolMessageWriter, NamesTheMessageByItsSizeInTheFile) {
  MessageWriter writer = this->writer();
  CHECK(writer.append("Received: x\n").has_value());
  CHECK(writer.append_text("a\r\nb\r\n").has_value());
  const auto message = std::move(writer).finish();
  CHECK(message.has_value());
  STRCMP_EQUAL("tmp/7.a.host", message->tmp_path().c_str());
  STRCMP_EQUAL("new/7.a.host,S=16", message->new_path().c_str());
  STRCMP_EQUAL("Received: x\na\nb\n", files.content(path).c_str());
}

TEST(SpoolMessageWriter, GathersSmallPieces) {
  MessageWriter writer = this->writer();
  for (std::size_t i = 0; i < MessageWriter::max_waiting; ++i) {
    CHECK(writer.append("x").has_value());
  }
  LONGS_EQUAL(0, appends());
  CHECK(writer.append("y").has_value());
  LONGS_EQUAL(1, appends());
  const auto message = std::move(writer).finish();
  CHECK(message.has_value());
  LONGS_EQUAL(2, appends());
  CHECK(files.content(path) == std::string(MessageWriter::max_waiting, 'x') + "y");
}

TEST(SpoolMessageWriter, WritesALargePieceAtOnceAndInOrder) {
  const std::string large(3 * MessageWriter::max_waiting, 'L');
  MessageWriter writer = this->writer();
  CHECK(writer.append("first").has_value());
  CHECK(writer.append(large).has_value());
  LONGS_EQUAL(2, appends());
  CHECK(writer.append("last").has_value());
  const auto message = std::move(writer).finish();
  CHECK(message.has_value());
  CHECK(files.content(path) == "first" + large + "last");
  STRCMP_CONTAINS(",S=196617", message->new_path().c_str());
}

TEST(SpoolMessageWriter, RemovesTheFileWhenItGoesUnfinished) {
  {
    MessageWriter writer = this->writer();
    CHECK(writer.append("x").has_value());
    LONGS_EQUAL(1, files.names("tmp").size());
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(SpoolMessageWriter, RemovesTheFileOnceHoweverOftenItMoved) {
  {
    MessageWriter first = this->writer();
    MessageWriter second = std::move(first);
    const auto message = std::move(second).finish();
    CHECK(message.has_value());
    LONGS_EQUAL(1, files.names("tmp").size());
  }
  LONGS_EQUAL(1, std::count(files.steps().begin(), files.steps().end(), "remove " + path));
}

TEST(SpoolMessageWriter, RemovesTheOldFileWhenAnotherIsMovedOverIt) {
  MessageWriter one = this->writer();
  auto two = MessageWriter::create(files, {8, "b", "host"});
  CHECK(two.has_value());
  one = std::move(*two);
  LONGS_EQUAL(1, files.names("tmp").size());
  STRCMP_EQUAL("8.b.host", files.names("tmp").front().c_str());
}

TEST(SpoolMessageWriter, KeepsAReleasedFile) {
  {
    auto message = std::move(writer()).finish();
    CHECK(message.has_value());
    message->release();
  }
  LONGS_EQUAL(1, files.names("tmp").size());
}

TEST(SpoolMessageWriter, RefusesANameThatIsTaken) {
  const MessageWriter holder = writer();
  const auto second = MessageWriter::create(files, {7, "a", "host"});
  CHECK(!second);
  LONGS_EQUAL(EEXIST, second.error().sys_errno);
  LONGS_EQUAL(1, files.names("tmp").size());
}

TEST(SpoolMessageWriter, ReportsAFullDiskAndLeavesNothing) {
  {
    MessageWriter writer = this->writer();
    files.fail_step(next_step(), ENOSPC);
    const auto appended = writer.append(std::string(MessageWriter::max_waiting + 1, 'x'));
    CHECK(!appended);
    LONGS_EQUAL(ENOSPC, appended.error().sys_errno);
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(SpoolMessageWriter, ReportsAFullDiskWhenItFinishes) {
  {
    MessageWriter writer = this->writer();
    CHECK(writer.append_text("x\r\n").has_value());
    files.fail_step(next_step(), ENOSPC);
    CHECK(!std::move(writer).finish());
  }
  LONGS_EQUAL(0, files.names("tmp").size());
}

TEST(SpoolMessageWriter, LogsAFileThatCannotBeRemoved) {
  const CapturedLog log;
  {
    const MessageWriter writer = this->writer();
    files.fail_step(next_step(), EIO);
  }
  STRCMP_CONTAINS("warning spool_remove_failed file=tmp/7.a.host error=", log.text().c_str());
}

TEST(SpoolMessageWriter, DoesNotMindThatASweeperWasFirst) {
  const CapturedLog log;
  {
    const MessageWriter writer = this->writer();
    CHECK(files.remove(path).has_value());
  }
  STRCMP_EQUAL("", log.text().c_str());
}

TEST(SpoolMessageWriter, KeepsASmallMessageInMemory) {
  auto writer = MessageWriter::create(files, {7, "a", "host"}, 10);
  CHECK(writer->append("Subject: ").has_value());
  CHECK(writer->append_text("\r\n").has_value());
  const std::size_t step = next_step();
  const auto message = std::move(*writer).finish();
  LONGS_EQUAL(step, next_step());
  CHECK(!message->is_file());
  STRCMP_EQUAL("Subject: \n", message->text().c_str());
  STRCMP_EQUAL("tmp/7.a.host", message->tmp_path().c_str());
  STRCMP_EQUAL("new/7.a.host,S=10", message->new_path().c_str());
}

TEST(SpoolMessageWriter, MakesAFileOfWhatGrowsTooLargeAtEverySize) {
  const std::string text = "Received: x\n\nfive lines\n";
  for (std::size_t most = 1; most < text.size(); ++most) {
    auto writer = MessageWriter::create(files, {7, "a", "host"}, most);
    for (const char c : text) CHECK(writer->append({&c, 1}).has_value());
    const auto message = std::move(*writer).finish();
    CHECK(message->is_file());
    STRCMP_EQUAL(text.c_str(), files.content(path).c_str());
    STRCMP_CONTAINS(",S=24", message->new_path().c_str());
  }
}

TEST(SpoolMessageWriter, WritesWhatWaitedInMemoryInOrder) {
  const std::string half(2 * MessageWriter::max_waiting, 'h');
  auto writer = MessageWriter::create(files, {7, "a", "host"}, half.size());
  CHECK(writer->append(half).has_value());
  CHECK(files.names("tmp").empty());
  CHECK(writer->append("last").has_value());
  const auto message = std::move(*writer).finish();
  CHECK(files.content(path) == half + "last");
}

TEST(SpoolMessageWriter, ReportsThatTheFileCannotBeMadeLater) {
  auto writer = MessageWriter::create(files, {7, "a", "host"}, 3);
  CHECK(writer->append("abc").has_value());
  files.fail_step(next_step(), ENOSPC);
  CHECK(!writer->append("d"));
}
