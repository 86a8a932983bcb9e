// SPDX-License-Identifier: ISC
//
// base/utf8_checker.h - whether octets are UTF-8, as they come.

#pragma once

namespace postern {

// Follows text octet by octet, and so gives the same result however the text comes.  Well-formed
// is what RFC 3629 4 says: no surrogates, no overlong forms, nothing beyond U+10FFFF.
class Utf8Checker {
 public:
  // Whether the text up to and with this octet is, or can yet become, well-formed.  After a
  // false nothing is to be asked any more.
  bool take(char c);

  // No character is waiting for its other octets, so the text may end here.
  bool is_between_characters() const { return missing_ == 0; }

 private:
  unsigned missing_ = 0;  // octets of the current character
  unsigned char least_ = 0;
  unsigned char most_ = 0;  // the next of them is from least_ to most_
};

}  // namespace postern
