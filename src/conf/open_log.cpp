// SPDX-License-Identifier: ISC
//
// conf/open_log.cpp - the log, as the configuration wants it.

#include "conf/open_log.h"

#include "base/log.h"
#include "mail/postfix_face.h"

namespace postern::conf {

namespace {

const log::Face& face_of(LogFormat format) {
  switch (format) {
    case LogFormat::keyvalue: break;
    case LogFormat::json: return log::json_face();
    case LogFormat::postfix: return mail::postfix_face();
  }
  return log::keyvalue_face();
}

}  // namespace

Result<void> open_log(const Config::Log& settings) {
  return log::open(settings.target, settings.level, face_of(settings.format));
}

}  // namespace postern::conf
