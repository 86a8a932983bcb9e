// SPDX-License-Identifier: ISC
//
// sendmail/options.cpp - the command line of postern-sendmail(1).
//
// Programs have been written for thirty years against the options of many servers, so whatever one
// of them knew and that has no meaning here is taken and forgotten; but nothing is guessed.

#include "sendmail/options.h"

#include <getopt.h>

#include <algorithm>
#include <string_view>

#include "base/text.h"
#include "mail/dsn.h"

namespace postern::sendmail {

namespace {

// "+": what stands behind the first recipient is a recipient as well, whatever the environment
// says; else who is able to choose one could choose an option.
constexpr const char* known = "+A:B:C:F:GIL:N:O:R:UV:X:b:cd::e:f:h:imno:p:q::r:s:tv";

tl::unexpected<Error> wrong(char option, std::string_view value, std::string_view what) {
  return fail(Errc::syntax, cat("-", option, " ", printable(value), ": ", what));
}

Result<void> choose_mode(Options& options, std::string_view value) {
  if (value == "m") {
    options.mode = Mode::submit;
  } else if (value == "s") {
    options.mode = Mode::speak;
  } else if (value == "v") {
    options.mode = Mode::verify;
  } else if (value == "p") {
    options.mode = Mode::list;
  } else if (value == "i") {
    options.mode = Mode::nothing;
  } else {
    return wrong('b', value, "not done here; the server is posternd(8)");
  }
  return {};
}

// RFC 6152: what a text is declared to be.  What it is shows when it is read.
Result<void> take_body(Options& options, std::string_view value) {
  if (!iequals(value, "8BITMIME") && !iequals(value, "7BIT")) {
    return wrong('B', value, "neither 7BIT nor 8BITMIME");
  }
  options.is_eight_bit = iequals(value, "8BITMIME");
  return {};
}

Result<void> take_notify(Options& options, std::string_view value) {
  options.notify = mail::parse_notify(value);
  if (!options.notify) return wrong('N', value, "neither NEVER nor of SUCCESS,FAILURE,DELAY");
  return {};
}

Result<void> take_return(Options& options, std::string_view value) {
  options.ret = mail::parse_return(value);
  if (!options.ret) return wrong('R', value, "neither FULL nor HDRS");
  return {};
}

Result<void> take_envelope_id(Options& options, std::string_view value) {
  constexpr std::size_t max_octets = 100;  // RFC 3461 4.4
  const bool is_printable = std::none_of(value.begin(), value.end(),
                                         [](char c) { return is_control(c) || is_eight_bit(c); });
  if (value.empty() || value.size() > max_octets || !is_printable) {
    return wrong('V', value, "not 1 to 100 printable characters");
  }
  options.envelope_id = value;
  return {};
}

Result<void> take(Options& options, int option, const char* given) {
  const std::string_view value = given == nullptr ? "" : given;
  switch (option) {
    case 'B': return take_body(options, value);
    case 'N': return take_notify(options, value);
    case 'R': return take_return(options, value);
    case 'V': return take_envelope_id(options, value);
    case 'b': return choose_mode(options, value);
    case 'C': options.config = value; break;
    case 's': options.socket = value; break;
    case 'F': options.full_name = value; break;
    case 'f':
    case 'r': options.sender = value; break;
    case 'i': options.ignores_dots = true; break;
    case 'o': options.ignores_dots |= value == "i"; break;
    case 't': options.takes_recipients_from_header = true; break;
    case 'v': options.is_verbose = true; break;
    case 'I':
    case 'q': options.mode = Mode::nothing; break;
    case '?': return fail(Errc::syntax, cat("unknown option -", static_cast<char>(::optopt)));
    default: break;  // of others, and without a meaning here
  }
  return {};
}

Mode mode_of_name(std::string_view program) {
  const std::string_view name = program.substr(program.rfind('/') + 1);
  if (name == "mailq") return Mode::list;
  return name == "newaliases" ? Mode::nothing : Mode::submit;
}

}  // namespace

Result<Options> parse_options(int argc, char** argv) {
  Options options;
  if (argc > 0) options.mode = mode_of_name(argv[0]);
  ::opterr = 0;
  ::optind = 0;  // begin anew, as glibc wants it
  for (int c = 0; (c = ::getopt(argc, argv, known)) != -1;) {
    if (auto taken = take(options, c, ::optarg); !taken) return tl::unexpected(taken.error());
  }
  const bool is_marked = ::optind > 1 && std::string_view(argv[::optind - 1]) == "--";
  for (int i = ::optind; i < argc; ++i) {
    const std::string_view recipient = argv[i];
    if (recipient.starts_with('-') && !is_marked) {
      return fail(Errc::syntax, cat("options stand before recipients; put -- before the first ",
                                    "recipient if \"", printable(recipient), "\" is one"));
    }
    options.recipients.emplace_back(recipient);
  }
  return options;
}

}  // namespace postern::sendmail
