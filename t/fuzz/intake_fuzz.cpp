// SPDX-License-Identifier: ISC
//
// t/fuzz/intake_fuzz.cpp - the file that the text of a message becomes, whole and in pieces.
//
// The input chooses the size of the pieces, the rules and how the message comes; its text follows.

#include <fcntl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "cut.h"
#include "line_ends.h"
#include "replies.h"
#include "server/message_intake.h"
#include "spool/envelope_text.h"

using namespace postern;
using postern::server::IntakeRules;
using postern::server::MessageIntake;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::require;

namespace {

constexpr std::chrono::system_clock::time_point now{std::chrono::seconds{1795469820}};
constexpr std::string_view hostname = "mail.example.org";
constexpr std::string_view received = "Received: from x\n\tby y; now\n";

// A disk with room for one file.
class OneFile final : public FileOps {
 public:
  std::string content;
  bool is_there = false;

  Result<UniqueFd> create(const std::string&) override {
    require(!is_there);
    is_there = true;
    return UniqueFd(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  }
  Result<void> append(int, std::string_view octets) override {
    require(is_there);
    content += octets;
    return {};
  }
  Result<void> remove(const std::string&) override {
    is_there = false;
    return {};
  }
  Result<UniqueFd> open(const std::string&) override { return UniqueFd{}; }
  Result<void> write_at(int, std::uint64_t, std::string_view) override { return {}; }
  Result<std::string> read(const std::string&) override { return std::string{}; }
  Result<void> sync_file(int) override { return {}; }
  Result<void> sync_all() override { return {}; }
  Result<void> sync_directory(const std::string&) override { return {}; }
  Result<void> rename(const std::string&, const std::string&) override { return {}; }
  Result<void> make_directory(const std::string&) override { return {}; }
  Result<std::vector<DirEntry>> list(const std::string&) override {
    return std::vector<DirEntry>{};
  }
  Result<FreeSpace> free_space() override { return FreeSpace{}; }
};

struct Message {
  IntakeRules rules;
  mail::Envelope envelope;

  explicit Message(FuzzInput& input) {
    const std::uint64_t header_octets = 10 * input.choose(100);
    const std::uint64_t header_line_octets = 5 * input.choose(40);
    const auto hops = static_cast<std::uint32_t>(input.choose(5));
    const std::size_t flags = input.choose(16);
    rules = {.header_octets = header_octets,
             .header_line_octets = header_line_octets,
             .hops = hops,
             .allows_eight_bit_header = (flags & 1) != 0,
             .completes_header = (flags & 2) == 0};
    envelope.reverse_path = {"alice", "example.org"};
    envelope.recipients = {{{"bob", "example.net"}}};
    envelope.smtputf8 = (flags & 4) != 0;
    envelope.body = (flags & 8) != 0 ? mail::Body::binary_mime : mail::Body::eight_bit_mime;
    envelope.id = "s1-1";
    envelope.with = "ESMTP";
  }

  bool is_binary() const { return envelope.body == mail::Body::binary_mime; }
};

// The refusal, or the file.
struct Outcome {
  std::string refusal;
  std::string file;

  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome store(const Pieces& pieces, const Message& message) {
  OneFile disk;
  Outcome outcome;
  {
    auto intake = MessageIntake::begin(disk, message.envelope, std::string(received),
                                       std::string(hostname), now, message.rules);
    require(intake.has_value());
    MessageIntake::Outcome taken;
    std::uint64_t octets = 0;
    for (const std::string_view piece : pieces) {
      taken = intake->append(PieceBuffer(piece).view());
      octets += piece.size();
      require(intake->octets() == octets);
      if (!taken) break;
    }
    if (taken) {
      const auto written = std::move(*intake).finish();
      if (!written) taken = tl::unexpected(written.error());
      require(!written || written->new_path().ends_with(cat(",S=", disk.content.size())));
    }
    if (taken) {
      outcome.file = disk.content;
    } else {
      outcome.refusal = taken.error().wire();
    }
  }
  require(!disk.is_there);  // nobody has released it
  return outcome;
}

std::string replace_all(std::string_view text, std::string_view from, std::string_view to) {
  std::string out;
  for (std::size_t end = 0; (end = text.find(from)) != std::string_view::npos;) {
    out += cat(text.substr(0, end), to);
    text.remove_prefix(end + from.size());
  }
  return out += text;
}

// What was put between Received and the text of the client.
std::string added_to(std::string_view text, const Outcome& stored, const Message& message) {
  const std::string before = cat(spool::format_envelope(message.envelope), received);
  const std::string behind =
      message.is_binary() ? std::string(text) : replace_all(text, "\r\n", "\n");
  const std::string& file = stored.file;
  require(file.size() >= before.size() + behind.size());
  require(file.starts_with(before) && file.ends_with(behind));
  return file.substr(before.size(), file.size() - before.size() - behind.size());
}

void check_added(std::string_view added, const Message& message) {
  const std::string date = mail::date_field(now);
  const std::string id = mail::message_id_field("s1-1", hostname);
  for (const std::string& field : {date, id}) {
    const bool is_there = added.starts_with(field);
    require(!is_there || message.rules.completes_header);
    if (is_there) added.remove_prefix(field.size());
  }
  require(added.empty() || added == "\n");
}

// What has been completed needs nothing more.
void check_again(std::string_view text, std::string_view added, Message message) {
  const std::string completed = cat(replace_all(added, "\n", "\r\n"), text);
  message.rules.header_octets = completed.size() + 1;
  message.rules.header_line_octets = completed.size() + 1;
  const Outcome again = store({completed}, message);
  require(again.refusal.empty() && added_to(completed, again, message).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const std::size_t piece = 1 + input.choose(32);
  const Message message(input);
  const std::string_view text = input.text();
  if (!message.is_binary() && !test::has_whole_line_ends(text)) return 0;  // not from a session
  const Outcome whole = store({text}, message);
  require(whole == store(test::pieces_of(text, piece), message));
  if (!whole.refusal.empty()) {
    require(test::read_replies(whole.refusal).size() == 1);
    return 0;
  }
  const auto envelope = spool::parse_envelope(whole.file);
  require(envelope && *envelope == message.envelope);
  const std::string added = added_to(text, whole, message);
  check_added(added, message);
  check_again(text, added, message);
  return 0;
}
