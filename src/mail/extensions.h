// SPDX-License-Identifier: ISC
//
// mail/extensions.h - the SMTP service extensions that a configuration switches.

#pragma once

namespace postern::mail {

// Each is announced in the reply to EHLO, and its commands and parameters are known, exactly
// when it is true.  STARTTLS and AUTH are not here: they follow from the listener.
struct Extensions {
  bool pipelining = true;             // RFC 2920
  bool size = true;                   // RFC 1870
  bool eight_bit_mime = true;         // RFC 6152
  bool smtputf8 = true;               // RFC 6531
  bool enhanced_status_codes = true;  // RFC 2034
  bool dsn = true;                    // RFC 3461
  bool chunking = true;               // RFC 3030
  bool binary_mime = true;            // RFC 3030 3, needs chunking
  bool limits = true;                 // RFC 9422

  // What only a delivering side can keep is off until somebody says that it does.
  bool require_tls = false;     // RFC 8689
  bool future_release = false;  // RFC 4865
  bool deliver_by = false;      // RFC 2852
  bool mt_priority = false;     // RFC 6710
};

}  // namespace postern::mail
