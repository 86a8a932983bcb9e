// SPDX-License-Identifier: ISC
//
// sendmail/draft.h - a whole message that is yet to be submitted.

#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "sendmail/header_reader.h"
#include "sendmail/input_text.h"
#include "sendmail/text_store.h"

namespace postern::sendmail {

// The message is read to its end before the server is asked anything: who writes it may take hours
// over it, as what cron starts does, and no server waits that long.  Only its header has to be in
// memory; see TextStore.
//
// In the body a CR that stands alone becomes a line end, as it would be on a terminal, since SMTP
// cannot carry it (RFC 5321 2.3.8) and what programs report is full of them.
class Draft {
 public:
  explicit Draft(DotLine dot_line) : input_(dot_line) {}

  // Errors are those of HeaderReader and TextStore.
  Result<void> append(std::string_view octets);
  Result<void> finish();

  bool has_ended() const { return input_.has_ended(); }  // by a dot

  const Fields& fields() const { return header_.fields(); }
  TextStore& body() { return body_; }  // lines end in CRLF, the last one too
  bool is_body_eight_bit() const { return is_body_eight_bit_; }

 private:
  Result<void> take(std::string_view text);
  Result<void> append_body(std::string_view text);

  InputText input_;
  HeaderReader header_;
  TextStore body_;
  bool is_body_eight_bit_ = false;
};

}  // namespace postern::sendmail
