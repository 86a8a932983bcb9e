#!/usr/bin/perl
# SPDX-License-Identifier: ISC
#
# t/39-sendmail.t - programs of this host send mail by postern-sendmail, and it comes out as it went
# in; what does not go in has an exit status that says why.

use strict;
use warnings;
use lib 't/lib';
use Fcntl qw(S_ISSOCK);
use File::Copy qw(copy);
use File::Temp;
use Test::More;
use Time::HiRes qw(sleep);

use Postern::Command qw(run_command text_of exit_of);
use Postern::Config qw(quoted);
use Postern::Control qw(posternctl with_control);
use Postern::Daemon;
use Postern::MailProgram qw(delivers complaints_of is_there);
use Postern::Packages qw(unpacked obstacle_to with_libraries);
use Postern::Sendmail qw(sendmail_program sendmail complaints_of_sendmail author mail_domain
  completed);

delete @ENV{qw(NAME TMPDIR EMAIL MAIL)};

my ( $login, $author, $from ) = author();
my $local  = mail_domain();
my $daemon = with_control(
    Postern::Daemon->new(
        listeners => ['local'],
        settings  => {
            'timeouts.command'    => '"1 s"',
            'limits.recipients'   => '100',
            'limits.message_size' => '"20 MiB"',
        }
    )
)->start;
my %usual = ( from => $author, words => { with => 'ESMTP', peer => "unix:$>" } );
my %utf8  = (
    words => { with => 'UTF8SMTP', peer => "unix:$>", body => '8BITMIME', smtputf8 => 1 }
);

my @too_many = map { "$_\@example.net" } 1 .. 101;

sub by_hand {
    my ( $text, @arguments ) = @_;
    return sub { complaints_of_sendmail( $daemon, $text, @arguments ) };
}

# ---- The command itself

delivers 'a line of text', $daemon, by_hand( "hello\n", 'bob@example.net' ), %usual,
  recipients => ['bob@example.net'],
  received   => qr/^Received: from localhost \(local user $>\)/,
  text       => completed("From: $from\n\nhello\n");

delivers '-t, and recipients on the command line', $daemon,
  by_hand( <<'END', qw(-t carol@example.com) ),
To: Bob <bob@example.net>,
	"B, C" (a comment) <root>
Bcc: =?utf-8?q?D=2C?= <bob@example.net>,
 carol@example.com
Subject: x
From: Alice <alice@example.org>
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <1@client.example>

..a line with dots
.
not for anybody
END
  %usual,
  recipients => [ 'carol@example.com', 'bob@example.net', "root\@$local" ],
  text       => <<'END';
To: Bob <bob@example.net>,
	"B, C" (a comment) <root>
Subject: x
From: Alice <alice@example.org>
Date: Wed, 25 Nov 2026 12:00:00 +0000
Message-ID: <1@client.example>

..a line with dots
END

delivers 'CRLF, and dots as text', $daemon,
  by_hand( "From: a\@x\r\nBcc: c\@x\r\n\r\n.\r\n..\r\nend", '-oi', 'bob@example.net' ), %usual,
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\n\n.\n..\nend\n");

delivers 'a sender, a name, and what a notification is to be', $daemon,
  by_hand( "x\n", qw(-f alice@example.org -F),
    'Alice S.', '-N', 'success,delay', qw(-R hdrs -V), 'a b', 'bob@example.net' ),
  from       => 'alice@example.org',
  words      => { %{ $usual{words} }, ret => 'HDRS', envid => 'a+20b' },
  recipients => ['bob@example.net'],
  notes      => ['notify=SUCCESS,DELAY'],
  text       => completed(qq{From: "Alice S." <alice\@example.org>\n\nx\n});

delivers 'the null sender', $daemon, by_hand( "From: a\@x\n\nx\n", '-f', '<>', 'bob@example.net' ),
  %usual,
  from       => '',
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\n\nx\n");

delivers 'eight bits in the body', $daemon,
  by_hand( "From: a\@x\n\nGr\xfc\xdfe\n", 'bob@example.net' ), %usual,
  words      => { %{ $usual{words} }, body => '8BITMIME' },
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\n\nGr\xfc\xdfe\n");

delivers 'UTF-8 in the header', $daemon,
  by_hand( "From: a\@x\nSubject: \xc3\xa4\n\nx\n", 'bob@example.net' ), %usual, %utf8,
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\nSubject: \xc3\xa4\n\nx\n");

delivers 'internationalised addresses', $daemon,
  by_hand( "From: a\@x\nTo: b\xc3\xb6b\@b\xc3\xbccher.example\n\nx\n", '-t' ), %usual, %utf8,
  recipients => ["b\xc3\xb6b\@xn--bcher-kva.example"],
  text       => completed("From: a\@x\nTo: b\xc3\xb6b\@b\xc3\xbccher.example\n\nx\n");

delivers 'progress with carriage returns', $daemon,
  by_hand( "From: a\@x\n\n10%\r20%\r\ndone\n", 'bob@example.net' ), %usual,
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\n\n10%\n20%\ndone\n");

my $large = join '', map { ".line $_ \xc3\xa4" . 'x' x ( $_ % 900 ) . "\n" } 1 .. 30_000;
delivers 'a message of 13 MB, in little memory', $daemon, sub {
    my $file = $daemon->write_file( 'large', "From: a\@x\n\n$large" );
    my $most = 'ulimit -d 10240; exec "$@" <' . $file;    # KiB of data; not under a sanitizer
    $most =~ s/^.*; // if text_of( sendmail_program() ) =~ /__asan_init/;
    return complaints_of( 'sh', '-c', $most, 'sh', sendmail_program(), '-C', $daemon->config,
        '-i', 'bob@example.net' );
  },
  %usual,
  words      => { %{ $usual{words} }, body => '8BITMIME' },
  recipients => ['bob@example.net'],
  text       => completed("From: a\@x\n\n$large");

# The server waits one second for a command.
delivers 'a message that takes its time', $daemon, sub {
    return complaints_of( 'sh', '-c',
        '(echo Subject: x; sleep 1.5; echo; echo text; sleep 1.5; echo end) | "$@"',
        'sh', sendmail_program(), '-C', $daemon->config, 'bob@example.net' );
  },
  %usual,
  recipients => ['bob@example.net'],
  text       => completed("Subject: x\nFrom: $from\n\ntext\nend\n");

subtest '-bs' => sub {
    my ( $exit, $out, $errors ) =
      sendmail( $daemon, "EHLO a\r\nMAIL FROM:<a\@x>\r\nRSET\r\nQUIT\r\n", '-bs' );
    is( $exit, 0, 'it ends when the server does' );
    like( $out, qr/\A220 .*\r\n(?:250-.*\r\n)+250 .*\r\n250 .*\r\n250 .*\r\n221 .*\r\n\z/,
        'replies come through' );
    is( $errors, '', 'and nothing else' );
    ( $exit, $out ) = sendmail( $daemon, "NOOP\r\n", '-bs' );
    is( $exit, 0, 'it ends when the client does' );
    like( $out, qr/^250 .*\r\n/m, 'who is still answered' );
};

subtest '-bv, -v' => sub {
    my @before = $daemon->spool->names_in('new');
    my ( $exit, $out ) = sendmail( $daemon, '', '-bv', 'root', 'bob@example.net' );
    is( $exit, 0, 'all would be taken' );
    is( $out, "root\@$local: deliverable\nbob\@example.net: deliverable\n", 'as it says' );
    ( $exit, $out ) = sendmail( $daemon, '', '-bv', @too_many );
    is( $exit, 75, 'one more would not' );
    like( $out, qr/^101\@example\.net: .*452 4\.5\.3/m, 'with the reason' );
    is_deeply( [ $daemon->spool->names_in('new') ], \@before, 'nothing is sent' );
    ( $exit, undef, my $errors ) = sendmail( $daemon, "x\n", qw(-v bob@example.net) );
    is( $exit, 0, '-v submits' );
    like( $errors, qr/^> RCPT TO:<bob\@example\.net>\n< 250 2\.1\.5 /m, 'and shows the dialogue' );
};

subtest 'mailq and newaliases' => sub {
    my $bin = File::Temp->newdir;
    symlink sendmail_program(), "$bin/$_" for qw(mailq newaliases);
    symlink posternctl(), "$bin/posternctl";
    my ( $exit, $out, $errors ) = do {
        local $ENV{PATH} = "$bin:$ENV{PATH}";
        run_command( 'mailq', '-C', $daemon->config );
    };
    is( $exit, 0, 'mailq shows the spool' ) or diag($errors);
    my @names = $daemon->spool->names_in('new');
    cmp_ok( scalar( () = $out =~ /\n/g ), '>', scalar @names, 'a line for each message' );
    is_deeply( [ run_command("$bin/newaliases") ], [ 0, '', '' ], 'newaliases has nothing to do' );
};

# ---- What does not go in

sub refuses {
    my ( $expected, $why, $text, @arguments ) = @_;
    my @before = $daemon->spool->names_in('new');
    my ( $exit, $out, $errors ) = sendmail( $daemon, $text, @arguments );
    is( $exit, $expected, "exit status $expected: $why" );
    like( $errors, qr/\Apostern-sendmail: .*$why.*\n\z/, '... and the reason, in one line' );
    is_deeply( [ $daemon->spool->names_in('new') ], \@before, '... and nothing is in the spool' );
    return;
}

subtest 'what is wrong has an exit status' => sub {
    refuses( 64, qr/unknown option -z/,         "x\n", '-z', 'a@x' );
    refuses( 64, qr/no recipient/,              "x\n" );
    refuses( 64, qr/options stand before/,      "x\n", 'a@x', '-f', 'b@x' );
    refuses( 65, qr/"a b" is not an address/,   "x\n", 'a b' );
    refuses( 65, qr/-f: /,                      "x\n", '-f', 'a@', 'b@x' );
    refuses( 65, qr/field to: "a b" is not/,    "To: c\@x, a b\n\nx\n", '-t' );
    refuses( 65, qr/no recipient is in the/,    "To: Undisclosed recipients:;\n\nx\n", '-t' );
    refuses( 65, qr/a CR stands alone/,         "Subject: x\rBcc: b\@x\n\nx\n", 'a@x' );
    refuses( 65, qr/554 5\.6\.0/,               "From: a\@x\n\na\0b\n", 'a@x' );
    refuses( 65, qr/554 5\.6\.0/,               "Subject: \xe4\n\nx\n", 'a@x' );
    refuses( 65, qr/sender .*552 5\.3\.4/,      'x' x ( 21 << 20 ), 'a@x' );
    refuses( 75, qr/recipient <101\@example\.net>: 452 4\.5\.3/, "x\n", @too_many );
    refuses( 78, qr/none\.conf/,                "x\n", '-C', '/none.conf', 'a@x' );
    refuses( 75, qr{connect to /none/sock \(does posternd run\?\): No such file},
        "x\n", '-s', '/none/sock', 'a@x' );
    local $ENV{TMPDIR} = '/none';
    refuses( 75, qr{make a file in /none}, 'x' x 200_000, 'a@x' );
};

subtest 'who may use the socket' => sub {
    plan skip_all => 'only root can be somebody else, and give the socket to a group' if $> != 0;
    my $group = getgrnam 'daemon';
    my $other = Postern::Daemon->new( listeners => ['local'] );
    $other->set_listener( local => ( mode => '"0660"', group => '"daemon"' ) );
    $other->start;
    my $socket = $other->place_of('local');
    my ( $mode, $owner ) = ( stat $socket )[ 2, 5 ];
    ok( S_ISSOCK($mode) && ( $mode & 07777 ) == 0660 && $owner == $group, 'it has mode and group' );
    my $program = $other->path('sendmail');
    copy( sendmail_program(), $program ) and chmod 0755, $program;
    chmod 0711, $other->path('.');
    my @as = qw(setpriv --reuid 12345 --clear-groups --regid);
    my ( $exit, undef, $errors ) =
      run_command( { input => "x\n" }, @as, 12345, $program, '-s', $socket, 'bob@example.net' );
    is( $exit, 77, 'others may not' );
    like( $errors, qr/Permission denied$/, 'and are told' );
    is( ( run_command( { input => "x\n" }, @as, $group, $program, '-s', $socket, 'bob' ) )[0],
        0, 'the group may' );
    my ($message) = $other->spool->messages(1);
    is( $message->{words}{peer}, 'unix:12345', 'the server knows the user' );
    like( $message->{received}, qr/\(local user 12345\)/, 'and says so' );
    is( $message->{from}, "12345\@$local", 'a user without a name has a number' );
    $other->set_listener( local => ( group => '"no-such-group"' ) );
    ok( !$other->reload, 'a group that there is not is refused' );
    like( $other->log, qr/listener local: group: .*no-such-group/, 'with the reason' );
};

# ---- Programs

# A script that programs can be told to run as sendmail.
my $sendmail = $daemon->write_file( 'sendmail',
    sprintf "#!/bin/sh\nexec %s -s %s \"\$\@\"\n", sendmail_program(), $daemon->place_of('local') );
chmod 0755, $sendmail;

delivers 'as cron does', $daemon, sub {
    return complaints_of(
        { input => <<"END" }, $sendmail, qw(-FCronDaemon -i -odi -oem -oi -t -f root) );
From: root (Cron Daemon)
To: root
Subject: Cron <root\@host> echo hello
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
X-Cron-Env: <SHELL=/bin/sh>

hello
.
END
  },
  %usual,
  from       => "root\@$local",
  recipients => ["root\@$local"],
  text       => completed(<<'END');
From: root (Cron Daemon)
To: root
Subject: Cron <root@host> echo hello
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8
X-Cron-Env: <SHELL=/bin/sh>

hello
.
END

delivers 'a pipe of Perl', $daemon, sub {
    open( my $pipe, '|-', $sendmail, qw(-oi -t -odq) ) or return "cannot run: $!";
    print {$pipe} "To: bob\@example.net\nBcc: carol\@example.com\nSubject: x\n\n.\ntext\n";
    return close $pipe ? '' : "wait status $?";
  },
  %usual,
  recipients => [ 'bob@example.net', 'carol@example.com' ],
  text       => completed("To: bob\@example.net\nSubject: x\nFrom: $from\n\n.\ntext\n");

SKIP: {
    my $obstacle = obstacle_to('libmailtools-perl');
    skip "Mail::Send: $obstacle", 1 if $obstacle;
    my $folder = unpacked('libmailtools-perl') . '/usr/share/perl5';
    delivers 'Mail::Send', $daemon, sub {
        local $ENV{PERL_MAILERS} = "sendmail:$sendmail";
        return complaints_of( $^X, "-I$folder", '-MMail::Send', '-e', <<'END' );
my $message = Mail::Send->new(Subject => 'x', To => 'bob@example.net');
my $out = $message->open('sendmail') or die;
print $out "text\n";
$out->close or die "closed: $!";
END
      },
      %usual,
      recipients => ['bob@example.net'],
      text       => qr/\ADate: .*\nMessage-ID: .*\n(?=(?s:.*)^To: bob)(?s:.*)\n\ntext\n\z/m;
}

SKIP: {
    my $obstacle = obstacle_to('mutt');
    skip "mutt: $obstacle", 2 if $obstacle;
    my $root = unpacked('mutt');
    my $mutt = sub {
        my ( $text, @arguments ) = @_;
        return with_libraries(
            $root,
            sub {
                local $ENV{HOME} = $daemon->path('.');
                my $rc = $daemon->write_file( 'muttrc', <<"END" );
set sendmail="$sendmail -oem -oi"
set from="Alice <alice\@example.org>" use_from=yes use_envelope_from=yes hostname=client.example
set copy=no charset=utf-8 send_charset=utf-8
END
                complaints_of( { input => $text },
                    "$root/usr/bin/mutt", '-n', '-F', $rc, @arguments );
            }
        );
    };
    delivers 'mutt', $daemon, sub {
        $mutt->( "Gr\xc3\xbc\xc3\x9fe\n.\n", '-s', "\xc3\xa4", '-b', 'carol@example.com', '--',
            'bob@example.net' );
      },
      %usual,
      from       => 'alice@example.org',
      words      => { %{ $usual{words} }, body => '8BITMIME' },
      recipients => [ 'bob@example.net', 'carol@example.com' ],
      text       => qr/\A(?!(?s:.*)^Bcc)(?=(?s:.*)^Subject:\ =\?utf-8\?)(?s:.*)\n
        \nGr\xc3\xbc\xc3\x9fe\n\.\n\z/mx;
    delivers 'mutt with an attachment', $daemon, sub {
        my $file = $daemon->write_file( 'attached', "\0\xff" x 5000 );
        $mutt->( "text\n", '-s', 'x', '-a', $file, '--', 'bob@example.net' );
      },
      %usual,
      from       => 'alice@example.org',
      recipients => ['bob@example.net'],
      text       => qr/\A(?=(?s:.*)^Content-Type: multipart\/mixed)(?s:.*)\n\z/m;
}

SKIP: {
    my $obstacle = obstacle_to('php8.2-cli');
    skip "PHP: $obstacle", 1 if $obstacle;
    my $root = unpacked('php8.2-cli');
    delivers "PHP's mail()", $daemon, sub {
        return with_libraries(
            $root,
            sub {
                complaints_of( "$root/usr/bin/php8.2", '-n', '-d', "sendmail_path=$sendmail -t -i",
                    '-r', <<'END' );
exit(mail('Bob <bob@example.net>', 'x', "line\n.\nend\n",
          ['From' => 'alice@example.org', 'Bcc' => 'carol@example.com'], '-falice@example.org')
     ? 0 : 1);
END
            }
        );
      },
      %usual,
      from       => 'alice@example.org',
      recipients => [ 'bob@example.net', 'carol@example.com' ],
      text       => completed(<<'END');
To: Bob <bob@example.net>
Subject: x
From: alice@example.org

line
.
end

END
}

# ---- Without a server

subtest 'when the server is down' => sub {
    $daemon->stop;
    my ( $exit, $out, $errors ) = sendmail( $daemon, "x\n", 'bob@example.net' );
    is( $exit, 75, 'who has called may try again' );
    like( $errors, qr/\Apostern-sendmail: connect to .*does posternd run\?.*\n\z/, 'and is told' );
    ( $exit, $out ) = sendmail( $daemon, "NOOP\r\n", '-bs' );
    is( $exit, 75, 'so with -bs' );
};

done_testing;
