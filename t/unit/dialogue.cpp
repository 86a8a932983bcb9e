// SPDX-License-Identifier: ISC
//
// t/unit/dialogue.cpp - what client and server say to each other, as the text of a test.

#include "dialogue.h"

#include <algorithm>
#include <string>
#include <vector>

#include "base/text.h"
#include "text_feed.h"

#include <CppUTest/TestHarness.h>

namespace postern::test {

namespace {

enum class Start { greeting, after_ehlo };

// Something that the client does, and what must come of it.
struct Exchange {
  bool is_handshake = false;
  std::string octets;  // of the client's
  std::vector<std::string_view> expected;
};

struct Script {
  std::vector<Exchange> exchanges;
  Scene scene;  // with the script's answers
};

char hex_value(char digit) {
  return static_cast<char>(is_digit(digit) ? digit - '0' : ascii_lower(digit) - 'a' + 10);
}

// The octets of a line of the client's.
std::string octets_of(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\') {
      out += line[i];
      continue;
    }
    if (++i == line.size()) return out;
    switch (line[i]) {
      case 'r': out += '\r'; break;
      case 'n': out += '\n'; break;
      case 'x':
        out += static_cast<char>(hex_value(line.at(i + 1)) * 16 + hex_value(line.at(i + 2)));
        i += 2;
        break;
      default: out += line[i];
    }
  }
  return out + "\r\n";
}

// "550 5.7.1 No", "334 QUJD".
mail::Reply reply_of(std::string_view line) {
  const auto code = parse_decimal<std::uint16_t>(line.substr(0, 3));
  CHECK_TEXT(code && line.size() > 4, "an answer is a code and a text");
  const std::string_view text = line.substr(4);
  if (*code < 400 || !is_digit(text.front())) return {*code, "", std::string(text)};
  const std::size_t blank = text.find(' ');
  return {*code, std::string(text.substr(0, blank)), std::string(text.substr(blank + 1))};
}

bool wants_answer(std::string_view event) {
  for (const std::string_view name :
       {"tls", "auth", "response", "xclient", "mail", "rcpt", "data", "message"}) {
    if (event == name || event.starts_with(cat(name, " "))) return true;
  }
  return false;
}

class ScriptReader {
 public:
  explicit ScriptReader(const Scene& scene) : script_{{{}}, scene} {}

  Script read(std::string_view text) {
    for (std::string_view line : split_lines(text)) {
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      if (!line.empty()) read_line(line.front(), line);
    }
    return script_;
  }

 private:
  void read_line(char kind, std::string_view line) {
    const std::string_view content = line.substr(std::min<std::size_t>(3, line.size()));
    switch (kind) {
      case 'C': script_.exchanges.push_back({false, octets_of(content), {}}); return;
      case 'T': script_.exchanges.push_back({true, "", {}}); return;
      case 'A': script_.scene.answers.back() = reply_of(content); return;
      case 'R': script_.scene.text_refusal = reply_of(content); return;
      case 'E':
        if (wants_answer(content)) script_.scene.answers.emplace_back();
        break;
      case 'S':
      case 'M': break;
      default: FAIL("a line of a dialogue begins with C, E, A, S, M, R or T");
    }
    script_.exchanges.back().expected.push_back(line);
  }

  Script script_;
};

// Cuts what is recorded of the client's lines down to what is expected of them.
std::string shorten(std::string_view recorded, const std::vector<std::string_view>& expected) {
  std::string out;
  std::size_t i = 0;
  for (const std::string_view line : split_lines(recorded)) {
    const bool as_expected =
        i < expected.size() && expected[i].front() == 'S' && line.starts_with(expected[i]);
    out += cat(as_expected ? expected[i] : line, "\n");
    ++i;
  }
  return out;
}

void check_record(const std::vector<std::string_view>& expected, const std::string& recorded,
                  const std::string& how) {
  std::string wanted;
  for (const std::string_view line : expected) wanted += cat(line, "\n");
  STRCMP_EQUAL_TEXT(wanted.c_str(), shorten(recorded, expected).c_str(), how.c_str());
}

SessionDriver begin(const Scene& scene, Start start, SessionDriver::Answers answers) {
  SessionDriver driver(scene, answers);
  driver.greet();
  if (start == Start::after_ehlo) driver.feed("EHLO client.example\r\n");
  driver.take_record();
  return driver;
}

// The client waits for the replies to each line.
void check_in_step(const Script& script, Start start) {
  SessionDriver driver = begin(script.scene, start, SessionDriver::Answers::at_once);
  for (const Exchange& exchange : script.exchanges) {
    if (exchange.is_handshake) driver.finish_handshake();
    driver.feed(exchange.octets);
    check_record(exchange.expected, driver.take_record(), "the client waits for replies");
  }
}

// What a client can say without waiting for a handshake.
std::vector<Exchange> turns_of(const Script& script) {
  std::vector<Exchange> turns;
  for (const Exchange& exchange : script.exchanges) {
    if (turns.empty() || exchange.is_handshake) turns.push_back({exchange.is_handshake, "", {}});
    turns.back().octets += exchange.octets;
    turns.back().expected.insert(turns.back().expected.end(), exchange.expected.begin(),
                                 exchange.expected.end());
  }
  return turns;
}

// The client says each turn at once; that with the number cut comes in these pieces.
void check_cut(const Script& script, Start start, const std::vector<Exchange>& turns,
               std::size_t cut, const Pieces& pieces, SessionDriver::Answers answers) {
  const std::string how =
      cat("turn ", cut, " in ", pieces.size(), " pieces, the first of ", pieces.front().size(),
          " octets, answers ", answers == SessionDriver::Answers::late ? "late" : "at once");
  SessionDriver driver = begin(script.scene, start, answers);
  for (std::size_t i = 0; i < turns.size(); ++i) {
    if (turns[i].is_handshake) driver.finish_handshake();
    for (const std::string_view piece : i == cut ? pieces : Pieces{turns[i].octets}) {
      driver.feed(piece);
    }
    driver.finish();
    check_record(turns[i].expected, driver.take_record(), how);
  }
}

void check(const Scene& scene, Start start, std::string_view text) {
  const Script script = ScriptReader(scene).read(text);
  check_in_step(script, start);
  const std::vector<Exchange> turns = turns_of(script);
  for (std::size_t cut = 0; cut < turns.size(); ++cut) {
    for (const Pieces& pieces : all_cuts(turns[cut].octets)) {
      check_cut(script, start, turns, cut, pieces, SessionDriver::Answers::at_once);
      check_cut(script, start, turns, cut, pieces, SessionDriver::Answers::late);
    }
  }
}

}  // namespace

void check_dialogue(const Scene& scene, std::string_view script) {
  check(scene, Start::after_ehlo, script);
}
void check_dialogue(std::string_view script) {
  check(Scene{}, Start::after_ehlo, script);
}
void check_dialogue_from_start(const Scene& scene, std::string_view script) {
  check(scene, Start::greeting, script);
}
void check_dialogue_from_start(std::string_view script) {
  check(Scene{}, Start::greeting, script);
}

}  // namespace postern::test
