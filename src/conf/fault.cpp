// SPDX-License-Identifier: ISC
//
// conf/fault.cpp - what is wrong with a configuration, and where.

#include "conf/fault.h"

#include "base/text.h"

namespace postern::conf {

std::string Fault::message() const {
  return line == 0 ? cat(file, ": ", text) : cat(file, ":", line, ": ", text);
}

}  // namespace postern::conf
