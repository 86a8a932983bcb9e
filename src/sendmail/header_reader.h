// SPDX-License-Identifier: ISC
//
// sendmail/header_reader.h - the header of a message that is being read.

#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mail/address.h"

namespace postern::sendmail {

// A header field, as it stands in the message.
struct Field {
  std::string name;  // in lower case
  std::string text;  // all of it, with its name and its line ends

  std::string_view value() const;
};

using Fields = std::vector<Field>;

// Takes the header off the front of a text, in pieces of any size; lines end in CRLF.
//
// What is a field, and where the header ends, is as mail::HeaderScanner has it (RFC 5322 2.2), so
// that the server sees the same.  The line that some programs write on top, as it is in a mailbox
// file ("From alice Mon Nov 23"), is dropped.
class HeaderReader {
 public:
  // Reads as much of text as is header, and takes it off.  Once complete, and then not before, what
  // is left is the body, without the empty line; it begins with body_begin().
  // Errors: a CR stands alone in a field (Errc::syntax), the header is too long (Errc::limit).
  Result<void> read(std::string_view& text);

  // There is no more text.
  void finish();

  bool is_complete() const { return is_complete_; }
  const Fields& fields() const { return fields_; }

  // What has been read and turned out to be body.
  const std::string& body_begin() const { return body_begin_; }

 private:
  Result<void> take_line();
  bool is_certainly_text() const;
  void end_header(std::string body_begin);

  Fields fields_;
  std::string line_;  // as much of it as has come
  std::string body_begin_;
  std::size_t octets_ = 0;
  bool is_first_line_ = true;
  bool is_complete_ = false;
};

bool has_field(const Fields& fields, std::string_view name);

// To whom a message is to go that nobody has said an envelope for (-t): the addresses in To, Cc and
// Bcc; or, if any of these is there, in Resent-To, Resent-Cc and Resent-Bcc alone (RFC 5322 3.6.6).
Result<std::vector<mail::Mailbox>> recipients_in(const Fields& fields);

// The fields as they are to be sent: those that would tell the recipients what is none of their
// business, Bcc and Resent-Bcc (RFC 5322 3.6.3), are gone.
std::string sent_text(const Fields& fields);

}  // namespace postern::sendmail
