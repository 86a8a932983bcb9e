// SPDX-License-Identifier: ISC
//
// t/fuzz/address_list_fuzz.cpp - the addresses in the value of a header field.
//
// What is found prints as a list in which the same is found, however that is folded.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/text.h"
#include "cut.h"
#include "mail/address_list.h"

using namespace postern;
using namespace postern::mail;
using postern::test::PieceBuffer;
using postern::test::require;

namespace {

std::string printed(const std::vector<Mailbox>& mailboxes, std::string_view between) {
  std::string list;
  for (const Mailbox& mailbox : mailboxes) list += cat(mailbox.to_string(), between);
  return list;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string copy(data, data + size);
  const PieceBuffer input(copy);
  const auto mailboxes = parse_address_list(input.view());
  if (!mailboxes) {
    require(!mailboxes.error().what.empty() && !has_eight_bit(mailboxes.error().what));
    return 0;
  }
  for (const Mailbox& mailbox : *mailboxes) {
    const std::string with_domain =
        mailbox.domain.empty() ? Mailbox{mailbox.local_part, "x"}.to_string() : mailbox.to_string();
    const auto alone = parse_mailbox(with_domain, Charset::utf8);
    require(alone && alone->local_part == mailbox.local_part);
    require(mailbox.domain.empty() || *alone == mailbox);
  }
  for (const std::string_view between : {", ", ",\r\n ", ";(a, b)", " , ,"}) {
    const auto again = parse_address_list(printed(*mailboxes, between));
    require(again && *again == *mailboxes);
  }
  return 0;
}
