// SPDX-License-Identifier: ISC
//
// conf/document_reader.h - from a document to a Config, by the table of settings.

#pragma once

#include "conf/config.h"
#include "conf/document.h"
#include "conf/report.h"

namespace postern::conf {

// Every value of document, and the defaults of what it does not set.  Reports unknown settings,
// values that are not what the table asks for, and required settings that are missing; such a
// setting keeps its default.  Does not look at two settings together.
Config read_document(const Node& document, Report& report);

}  // namespace postern::conf
