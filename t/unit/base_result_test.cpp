// SPDX-License-Identifier: ISC
//
// t/unit/base_result_test.cpp - errors as values.

#include "base/result.h"

#include <cerrno>
#include <string>

#include <CppUTest/TestHarness.h>

using postern::Errc;
using postern::fail;
using postern::fail_errno;
using postern::Result;

TEST_GROUP(BaseResult){};

TEST(BaseResult, AnErrorSaysWhatWasTried) {
  const Result<int> result = fail(Errc::syntax, "malformed address");
  CHECK(!result);
  CHECK(result.error().code == Errc::syntax);
  LONGS_EQUAL(0, result.error().sys_errno);
  STRCMP_EQUAL("malformed address", result.error().message().c_str());
}

TEST(BaseResult, AnErrorOfTheSystemIsToldInItsWords) {
  const Result<void> result = fail_errno("rename tmp/1 to new/1", ENOSPC);
  LONGS_EQUAL(ENOSPC, result.error().sys_errno);
  STRCMP_EQUAL("rename tmp/1 to new/1: No space left on device", result.error().message().c_str());
}

TEST(BaseResult, WhatTimeOrFreedResourcesCanMendIsTemporary) {
  for (const int number : {EAGAIN, EDQUOT, EINTR, EIO, EMFILE, ENFILE, ENOBUFS, ENOMEM, ENOSPC}) {
    CHECK(fail_errno("", number).value().code == Errc::temporary);
  }
}

TEST(BaseResult, EverythingElseNeedsAnOperator) {
  for (const int number : {EACCES, ENOENT, EROFS, EADDRINUSE, ENOTDIR, EPERM, EINVAL}) {
    CHECK(fail_errno("", number).value().code == Errc::permanent);
  }
}
