package dev.offstage.signup;

import java.util.Optional;

import jakarta.enterprise.context.ApplicationScoped;

import dev.offstage.console.UserKeys;
import dev.offstage.user.AppUser;
import dev.offstage.user.EmailAddress;

/** The key of the jobs of a sign-up is its user's id. */
@ApplicationScoped
class UserKeysByAddress implements UserKeys {

    @Override
    public Optional<String> ofAddress(String address) {
        return AppUser.findByEmail(new EmailAddress(address)).map(user -> user.id.toString());
    }
}
