// SPDX-License-Identifier: ISC
//
// base/utf8_checker.cpp - whether octets are UTF-8, as they come.

#include "base/utf8_checker.h"

namespace postern {

bool Utf8Checker::take(char c) {
  const auto octet = static_cast<unsigned char>(c);
  if (missing_ > 0) {
    if (octet < least_ || octet > most_) return false;
    --missing_;
    least_ = 0x80;
    most_ = 0xbf;
    return true;
  }
  if (octet < 0x80) return true;
  if (octet < 0xc2 || octet > 0xf4) return false;
  missing_ = octet >= 0xf0 ? 3 : octet >= 0xe0 ? 2 : 1;
  // What would be overlong, a surrogate or beyond Unicode shows in the second octet.
  least_ = octet == 0xe0 ? 0xa0 : octet == 0xf0 ? 0x90 : 0x80;
  most_ = octet == 0xed ? 0x9f : octet == 0xf4 ? 0x8f : 0xbf;
  return true;
}

}  // namespace postern
