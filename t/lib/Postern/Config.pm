# SPDX-License-Identifier: ISC
#
# Postern::Config - the text of a postern.conf.

package Postern::Config;

use strict;
use warnings;
use Exporter qw(import);

our @EXPORT_OK = qw(quoted unquoted listener_named config_text);

# What a listener is, besides its name and its place.  Values are libconfig text.
my %standard_listeners = (
    submission  => { tls => '"starttls"' },
    submissions => { tls => '"implicit"' },
    clear       => { tls => '"none"',     auth_without_tls => 'true' },
    lan         => { tls => '"none"',     auth             => '"clients"' },
    mx          => { tls => '"starttls"', role             => '"mx"' },
    login       => { tls => '"starttls"', role => '"both"', require_auth => '"everybody"' },
    both        => { tls => '"starttls"', role             => '"both"' },
    local       => { tls => '"none"',     auth             => '"peer"', on_path => 1 },
    lmtp        => { tls => '"none"',     auth             => '"clients"', protocol => '"lmtp"' },
    delayed     => { tls => '"none"',     auth             => '"clients"', greet_delay => '"1 s"' },
    proxied     => {
        tls        => '"starttls"',
        auth       => '"clients"',
        role       => '"both"',
        proxy_from => '[ "127.0.0.1" ]',
    },
    xclient     => { tls => '"none"', role => '"both"', xclient_from => '[ "127.0.0.1" ]' },
    device      => { tls => '"none"', auth => '"clients"', eight_bit_header => '"accept"' },
);

# A string as libconfig writes it.
sub quoted {
    my ($text) = @_;
    $text =~ s/(["\\])/\\$1/g;
    return qq{"$text"};
}

sub unquoted {
    my ($text) = @_;
    return $text =~ s/^"(.*)"$/$1/r;
}

# A listener as a hash; it may be given as one, or by the name of a standard one.
sub listener_named {
    my ($listener) = @_;
    return {%$listener} if ref $listener;
    my $standard = $standard_listeners{$listener} or die "no standard listener $listener\n";
    return { name => quoted($listener), %$standard };
}

sub group_text {
    my ($members) = @_;
    return '{ ' . join( ' ', map { "$_ = $members->{$_};" } sort keys %$members ) . ' }';
}

# The settings of one group, and of the groups in it.
sub settings_text {
    my ($settings) = @_;
    my ( %groups, $text );
    for my $path ( sort keys %$settings ) {
        if ( $path =~ /^(\w+)\.([\w.]+)$/ ) { $groups{$1}{$2} = $settings->{$path} }
        else                               { $text .= "$path = $settings->{$path};\n" }
    }
    return join '', $text // '',
      map { "$_ = {\n" . settings_text( $groups{$_} ) . "};\n" } sort keys %groups;
}

# settings: path ("limits.errors") => libconfig text.  listeners: hashes, complete.
sub config_text {
    my ( $settings, $listeners ) = @_;
    return
        settings_text($settings)
      . "listeners = (\n"
      . join( ",\n", map { '  ' . group_text($_) } @$listeners )
      . "\n);\n";
}

1;
