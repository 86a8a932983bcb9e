// SPDX-License-Identifier: ISC
//
// daemon/open_log.cpp - the log, as the configuration wants it.

#include "daemon/open_log.h"

#include "base/log.h"
#include "mail/postfix_face.h"

namespace postern::daemon {

namespace {

const log::Face& face_of(conf::LogFormat format) {
  switch (format) {
    case conf::LogFormat::keyvalue: break;
    case conf::LogFormat::json: return log::json_face();
    case conf::LogFormat::postfix: return mail::postfix_face();
  }
  return log::keyvalue_face();
}

}  // namespace

Result<void> open_log(const conf::Config::Log& settings) {
  return log::open(settings.target, settings.level, face_of(settings.format));
}

}  // namespace postern::daemon
