// SPDX-License-Identifier: ISC
//
// t/fuzz/draft_fuzz.cpp - a message on its way from a pipe to the server.
//
// The input chooses whether a dot ends the text, and how large its pieces are.  However it is cut,
// it is the same message; the server sees its header end where we do, and gets all of it.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/header_scanner.h"
#include "sendmail/dot_stuffer.h"
#include "sendmail/draft.h"
#include "smtp/data_decoder.h"

using namespace postern;
using namespace postern::sendmail;
using postern::test::FuzzInput;
using postern::test::PieceBuffer;
using postern::test::Pieces;
using postern::test::pieces_of;
using postern::test::require;

namespace {

struct Message {
  std::string error;
  std::string header;
  std::string body;
  std::string recipients;
};

std::string body_of(Draft& draft) {
  std::string body;
  for (auto piece = draft.body().next(); !piece->empty(); piece = draft.body().next()) {
    body += *piece;
  }
  return body;
}

Message message_of(const Pieces& pieces, DotLine dot_line) {
  Draft draft{dot_line};
  for (const std::string_view piece : pieces) {
    if (const auto kept = draft.append(PieceBuffer(piece).view()); !kept) {
      return {kept.error().message(), {}, {}, {}};
    }
  }
  if (const auto kept = draft.finish(); !kept) return {kept.error().message(), {}, {}, {}};
  Message message{{}, sent_text(draft.fields()), body_of(draft), {}};
  require(draft.is_body_eight_bit() == has_eight_bit(message.body));
  const auto recipients = recipients_in(draft.fields());
  if (!recipients) return message;
  for (const auto& recipient : *recipients) message.recipients += cat(recipient.to_string(), ",");
  return message;
}

// What the server makes of it.
void check_sent(const Message& message) {
  const std::string text = cat(message.header, "From: a@x\r\n\r\n", message.body);
  DotStuffer stuffer;
  const std::string wire = cat(stuffer.stuff(text), ".\r\n");
  smtp::DataDecoder decoder{wire.size()};
  std::string received;
  std::string_view rest = wire;
  for (;;) {
    const auto step = decoder.decode(rest);
    received += step.text;
    rest.remove_prefix(step.consumed);
    if (step.status == smtp::DataDecoder::Status::end) break;
    require(step.status == smtp::DataDecoder::Status::text);
  }
  require(rest.empty() && received == text);
  mail::HeaderScanner scanner;
  scanner.scan(received);
  require(scanner.is_complete() && !scanner.is_headless());
  require(scanner.octets() == text.size() - message.body.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzInput input(data, size);
  const DotLine dot_line = input.choose(2) == 0 ? DotLine::ends_text : DotLine::is_text;
  const std::size_t octets = input.choose(10) + 1;
  const Message whole = message_of({input.text()}, dot_line);
  const Message cut = message_of(pieces_of(input.text(), octets), dot_line);
  require(whole.error == cut.error && whole.header == cut.header && whole.body == cut.body &&
          whole.recipients == cut.recipients);
  if (whole.error.empty()) check_sent(whole);
  return 0;
}
