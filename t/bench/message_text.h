// SPDX-License-Identifier: ISC
//
// t/bench/message_text.h - messages that no two are alike, and that can be made once more.

#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace postern::bench {

// Text of messages of one size.  A message is made of the run it belongs to and its number, and of
// nothing else, so that what a server kept of it can be compared with what was sent
// (Postern::Bench::Text does).
class MessageText {
 public:
  // size: octets of a message, lines of the header and CRLFs included, without the final dot.  It
  // is no less than a header and one line.
  MessageText(std::string run, std::size_t size);

  // What is in the Subject and the Message-ID.
  std::string name_of(std::uint64_t number) const;

  // Appends the message and the dot that ends it.
  void append_to(std::string& out, std::uint64_t number) const;

 private:
  std::string run_;
  std::size_t size_;
  std::string lines_;  // of which each message is a piece
};

}  // namespace postern::bench
